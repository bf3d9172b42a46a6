package broker

import "github.com/amqpgen/amqpgen/generated/amqp08"

// beginPublish makes the channel wait for the content.
func (c *channel) beginPublish(m *amqp08.BasicPublish) error {
	if m.Immediate {
		return hard(amqp08.ReplyNotImplemented, "immediate=true")
	}
	c.content.publish = m
	return nil
}

// posting is a message on its way from an exchange to queues.
type posting struct {
	message   *message
	queues    []*queue
	mandatory bool
}

// accept takes a message that is there whole. In a transaction it waits for the commit.
func (c *channel) accept(m *amqp08.BasicPublish, msg *message) error {
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	x, err := c.broker.exchange(m.Exchange)
	if err != nil {
		return err
	}
	if x != nil && x.internal {
		return soft(amqp08.ReplyAccessRefused, "cannot publish to internal exchange '%s' in vhost '/'", x.name)
	}
	p := posting{message: msg, queues: c.broker.route(x, m.RoutingKey), mandatory: m.Mandatory}
	if c.tx != nil {
		return c.tx.add(p)
	}
	return c.post(p)
}

// post puts a message into its queues, or returns it.
func (c *channel) post(p posting) error {
	if len(p.queues) == 0 && p.mandatory {
		c.session.out.sendContent(c.id, &amqp08.BasicReturn{
			ReplyCode:  replyNoRoute,
			ReplyText:  "NO_ROUTE",
			Exchange:   p.message.exchange,
			RoutingKey: p.message.key,
		}, p.message)
	}
	for _, q := range p.queues {
		if err := q.push(p.message); err != nil {
			return err
		}
	}
	return nil
}

// get takes one message from a queue.
func (c *channel) get(m *amqp08.BasicGet) error {
	q, err := c.queue(m.Queue)
	if err != nil {
		return err
	}
	if len(q.ready) == 0 {
		c.send(new(amqp08.BasicGetEmpty))
		return nil
	}
	e := q.pop()
	tag := c.track(q, e, nil, m.NoAck)
	c.session.out.sendContent(c.id, &amqp08.BasicGetOK{
		DeliveryTag:  tag,
		Redelivered:  e.redelivered,
		Exchange:     e.exchange,
		RoutingKey:   e.key,
		MessageCount: uint32(len(q.ready)),
	}, e.message)
	return nil
}
