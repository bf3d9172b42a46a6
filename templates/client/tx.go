//amqpgen:requires tx.select

package client

import (
	"context"
	"errors"
)

// SelectTx makes the channel transactional, for good: what is published and
// acknowledged on it takes effect at CommitTx, all of it or nothing, and is
// taken back by RollbackTx.
func (c *Channel) SelectTx(ctx context.Context) error {
	s := newSlot(TxSelect{})
	s.queued = func() { c.track(false, 0) }
	return c.ask(ctx, nil, s)
}

// CommitTx makes all since the last commit or rollback take effect. Nil means
// that the server has it.
func (c *Channel) CommitTx(ctx context.Context) error { return c.endTx(ctx, TxCommit{}, accepted) }

// RollbackTx takes back all since the last commit or rollback.
func (c *Channel) RollbackTx(ctx context.Context) error {
	return c.endTx(ctx, TxRollback{}, rolledBack)
}

// PublishTx is [Channel.Publish] and CommitTx in one, on a channel with SelectTx,
// and tells for certain what became of the message: nil means that the server has
// taken charge of it, with all else of the transaction; see [Receipt.Wait].
func (c *Channel) PublishTx(ctx context.Context, exchange, routingKey string, m Message, o *PublishOptions) error {
	r, err := c.PublishReceipt(ctx, exchange, routingKey, m, o)
	if err != nil {
		return err
	}
	if err := c.CommitTx(ctx); err != nil {
		return queuedAnyway(err)
	}
	return r.Wait(ctx)
}

// queuedAnyway has the error of a commit say MaybeSent: the message is queued, and
// another commit may make it take effect.
func queuedAnyway(err error) error {
	var op *OpError
	if errors.As(err, &op) && op.Sent == NotSent {
		op.Sent = MaybeSent
	}
	return err
}

// endTx ends a transaction and settles what was published in it.
func (c *Channel) endTx(ctx context.Context, m request, f fate) error {
	var last uint64
	s := newSlot(m)
	s.queued = func() { last = c.ledger.last() }
	s.replied = func() {
		if last > 0 {
			c.settle(last, true, f)
		}
	}
	return c.ask(ctx, nil, s)
}
