package broker

import (
	"cmp"
	"slices"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// transaction is what a channel has published and settled since the last commit or rollback.
type transaction struct {
	postings []posting
	octets   int
	settled  []settlement
}

// settlement is the fate of deliveries.
type settlement struct {
	deliveries []*delivery
	requeue    bool
}

// add keeps a message for the commit, within the limits of a queue.
func (t *transaction) add(p posting) error {
	t.postings = append(t.postings, p)
	t.octets += len(p.message.body)
	if len(t.postings) > mostMessages || t.octets > mostOctets {
		return hard(amqp08.ReplyResourceError, "a transaction of %d messages with %d octets", len(t.postings), t.octets)
	}
	return nil
}

func (c *channel) selectTx() error {
	if c.tx == nil {
		c.tx = new(transaction)
	}
	c.send(new(amqp08.TxSelectOK))
	return nil
}

func (c *channel) commitTx() error {
	if c.tx == nil {
		return soft(replyPreconditionFailed, "channel is not transactional")
	}
	for _, p := range c.tx.postings {
		if err := c.post(p); err != nil {
			return err
		}
	}
	settled := c.tx.settled
	c.tx = new(transaction)
	for _, s := range settled {
		c.finish(s.deliveries, s.requeue)
	}
	c.send(new(amqp08.TxCommitOK))
	return nil
}

func (c *channel) rollbackTx() error {
	if c.tx == nil {
		return soft(replyPreconditionFailed, "channel is not transactional")
	}
	c.rollback()
	c.send(new(amqp08.TxRollbackOK))
	return nil
}

// rollback forgets what the transaction has published, and unsettles what it has settled.
func (c *channel) rollback() {
	if c.tx == nil {
		return
	}
	for _, s := range c.tx.settled {
		c.unsettled = append(c.unsettled, s.deliveries...)
	}
	slices.SortFunc(c.unsettled, func(a, b *delivery) int { return cmp.Compare(a.tag, b.tag) })
	c.tx = new(transaction)
}
