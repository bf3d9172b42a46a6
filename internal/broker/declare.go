package broker

import (
	"crypto/rand"
	"strings"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// queue finds a queue that the session may use. The empty name is the last one declared on the channel.
func (c *channel) queue(name string) (*queue, error) {
	if name == "" {
		name = c.lastQueue
	}
	q := c.broker.queues[name]
	switch {
	case q == nil:
		return nil, missing("queue", name)
	case q.owner != nil && q.owner != c.session:
		return nil, locked(name)
	}
	return q, nil
}

func locked(name string) error {
	return soft(amqp08.ReplyResourceLocked, "cannot obtain exclusive access to locked queue '%s' in vhost '/'", name)
}

func (c *channel) declareQueue(m *amqp08.QueueDeclare) error {
	q, err := c.findOrAdd(m)
	if err != nil {
		return err
	}
	c.lastQueue = q.name
	return c.reply(m.NoWait, &amqp08.QueueDeclareOK{
		Queue:         q.name,
		MessageCount:  uint32(len(q.ready)),
		ConsumerCount: uint32(len(q.consumers)),
	})
}

func (c *channel) findOrAdd(m *amqp08.QueueDeclare) (*queue, error) {
	if m.Queue == "" && !m.Passive {
		m.Queue = "amq.gen-" + rand.Text()
		return c.addQueue(m)
	}
	if m.Passive || c.broker.queues[m.Queue] != nil {
		q, err := c.queue(m.Queue)
		if err == nil && !m.Passive {
			err = q.sameAs(m)
		}
		return q, err
	}
	if strings.HasPrefix(m.Queue, "amq.") {
		return nil, reserved("queue", m.Queue)
	}
	return c.addQueue(m)
}

func (c *channel) addQueue(m *amqp08.QueueDeclare) (*queue, error) {
	b := c.broker
	if len(b.queues) >= mostNames {
		return nil, hard(amqp08.ReplyResourceError, "there are %d queues", len(b.queues))
	}
	q := &queue{broker: b, name: m.Queue, durable: m.Durable, autoDelete: m.AutoDelete, arguments: m.Arguments}
	if m.Exclusive {
		q.owner = c.session
	}
	b.queues[q.name] = q
	return q, nil
}

// sameAs checks that a repeated declaration says what the first did.
func (q *queue) sameAs(m *amqp08.QueueDeclare) error {
	what := ""
	switch {
	case m.Exclusive != (q.owner != nil):
		return locked(q.name)
	case m.Durable != q.durable:
		what = "durable"
	case m.AutoDelete != q.autoDelete:
		what = "auto_delete"
	case m.Arguments != q.arguments:
		what = "arguments"
	default:
		return nil
	}
	return soft(replyPreconditionFailed, "inequivalent arg '%s' for queue '%s' in vhost '/'", what, q.name)
}

func (c *channel) bindQueue(m *amqp08.QueueBind) error {
	if m.Queue == "" && m.RoutingKey == "" {
		m.RoutingKey = c.lastQueue
	}
	q, err := c.queue(m.Queue)
	if err != nil {
		return err
	}
	x, err := c.broker.exchange(m.Exchange)
	if err != nil {
		return err
	}
	if x == nil {
		return soft(amqp08.ReplyAccessRefused, "operation not permitted on the default exchange")
	}
	if err := x.bind(binding{queue: q, key: m.RoutingKey, arguments: m.Arguments}); err != nil {
		return err
	}
	return c.reply(m.NoWait, new(amqp08.QueueBindOK))
}

func (c *channel) purgeQueue(m *amqp08.QueuePurge) error {
	q, err := c.queue(m.Queue)
	if err != nil {
		return err
	}
	return c.reply(m.NoWait, &amqp08.QueuePurgeOK{MessageCount: uint32(q.purge())})
}

// deleteQueue deletes a queue; one that does not exist is as good as deleted.
func (c *channel) deleteQueue(m *amqp08.QueueDelete) error {
	ok := new(amqp08.QueueDeleteOK)
	if m.Queue != "" && c.broker.queues[m.Queue] == nil {
		return c.reply(m.NoWait, ok)
	}
	q, err := c.queue(m.Queue)
	switch {
	case err != nil:
		return err
	case m.IfUnused && len(q.consumers) > 0:
		return soft(replyPreconditionFailed, "queue '%s' in vhost '/' in use", q.name)
	case m.IfEmpty && len(q.ready) > 0:
		return soft(replyPreconditionFailed, "queue '%s' in vhost '/' not empty", q.name)
	}
	ok.MessageCount = uint32(q.delete())
	return c.reply(m.NoWait, ok)
}
