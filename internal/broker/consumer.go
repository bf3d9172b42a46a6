package broker

import (
	"fmt"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// prefetch bounds deliveries that are not settled; 0 is no bound. RabbitMQ reads the global bit of
// basic.qos its own way: without it, each consumer started later is bounded; with it, the channel is.
type prefetch struct{ consumer, channel int }

// consumer is a client's standing wish for a queue's messages.
type consumer struct {
	channel   *channel
	queue     *queue
	tag       string
	noAck     bool
	exclusive bool
	prefetch  int
	unsettled int
}

func (c *channel) qos(m *amqp08.BasicQos) error {
	if m.PrefetchSize != 0 {
		return hard(amqp08.ReplyNotImplemented, "prefetch_size!=0 (%d)", m.PrefetchSize)
	}
	if m.Global {
		c.prefetch.channel = int(m.PrefetchCount)
		c.resume()
	} else {
		c.prefetch.consumer = int(m.PrefetchCount)
	}
	c.send(new(amqp08.BasicQosOK))
	return nil
}

func (c *channel) consume(m *amqp08.BasicConsume) error {
	q, err := c.queue(m.Queue)
	if err != nil {
		return err
	}
	if m.ConsumerTag == "" {
		c.broker.tags++
		m.ConsumerTag = fmt.Sprintf("amq.ctag-%d", c.broker.tags)
	}
	switch {
	case c.consumers[m.ConsumerTag] != nil:
		return hard(amqp08.ReplyNotAllowed, "attempt to reuse consumer tag '%s'", m.ConsumerTag)
	case len(c.consumers) >= mostNames:
		return hard(amqp08.ReplyResourceError, "channel %d has %d consumers", c.id, len(c.consumers))
	case q.exclusive() || m.Exclusive && len(q.consumers) > 0:
		return soft(amqp08.ReplyAccessRefused, "queue '%s' in vhost '/' in exclusive use", q.name)
	}
	cons := &consumer{channel: c, queue: q, tag: m.ConsumerTag, noAck: m.NoAck, exclusive: m.Exclusive, prefetch: c.prefetch.consumer}
	c.consumers[cons.tag] = cons
	q.consumers = append(q.consumers, cons)
	c.reply(m.NoWait, &amqp08.BasicConsumeOK{ConsumerTag: cons.tag})
	q.deliver()
	return nil
}

// hungry reports whether one more message may be delivered.
func (c *consumer) hungry() bool {
	ch := c.channel
	switch {
	case ch.session.out.full():
		return false
	case c.noAck:
		return true
	case c.prefetch > 0 && c.unsettled >= c.prefetch:
		return false
	}
	return ch.prefetch.channel == 0 || len(ch.unsettled) < ch.prefetch.channel
}

func (c *consumer) deliver(e entry) {
	tag := c.channel.track(c.queue, e, c, c.noAck)
	c.channel.session.out.sendContent(c.channel.id, &amqp08.BasicDeliver{
		ConsumerTag: c.tag,
		DeliveryTag: tag,
		Redelivered: e.redelivered,
		Exchange:    e.exchange,
		RoutingKey:  e.key,
	}, e.message)
}

// resume delivers what may have been held back on the channel.
func (c *channel) resume() {
	for _, cons := range c.consumers {
		cons.queue.deliver()
	}
}

// cancel ends a consumer; one that does not exist is as good as cancelled.
func (c *channel) cancel(m *amqp08.BasicCancel) error {
	if cons := c.consumers[m.ConsumerTag]; cons != nil {
		cons.cancel()
	}
	return c.reply(m.NoWait, &amqp08.BasicCancelOK{ConsumerTag: m.ConsumerTag})
}

func (c *consumer) cancel() {
	delete(c.channel.consumers, c.tag)
	c.queue.leave(c)
}

// orphan ends a consumer whose queue is gone, and tells the client if it can take that.
func (c *consumer) orphan() {
	delete(c.channel.consumers, c.tag)
	if c.channel.session.capable.cancelNotify {
		c.channel.send(&amqp08.BasicCancel{ConsumerTag: c.tag, NoWait: true})
	}
}
