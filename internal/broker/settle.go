package broker

import (
	"cmp"
	"slices"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// delivery is a message that a channel has been given and not yet settled.
type delivery struct {
	tag      amqp08.DeliveryTag
	queue    *queue
	entry    entry
	consumer *consumer // nil: it was got
}

// track numbers a delivery, and remembers it if it is to be settled.
func (c *channel) track(q *queue, e entry, cons *consumer, noAck bool) amqp08.DeliveryTag {
	c.lastTag++
	if noAck {
		q.forget(e)
		return c.lastTag
	}
	if cons != nil {
		cons.unsettled++
	}
	c.unsettled = append(c.unsettled, &delivery{tag: c.lastTag, queue: q, entry: e, consumer: cons})
	return c.lastTag
}

// settle decides on deliveries. In a transaction that waits for the commit.
func (c *channel) settle(tag amqp08.DeliveryTag, multiple, requeue bool) error {
	taken, err := c.take(tag, multiple)
	if err != nil {
		return err
	}
	if c.tx != nil {
		c.tx.settled = append(c.tx.settled, settlement{taken, requeue})
		return nil
	}
	c.finish(taken, requeue)
	return nil
}

// take removes deliveries from those that are not settled: one, or all up to it; tag 0 is the last.
func (c *channel) take(tag amqp08.DeliveryTag, multiple bool) ([]*delivery, error) {
	if tag == 0 && multiple {
		taken := c.unsettled
		c.unsettled = nil
		return taken, nil
	}
	i, found := slices.BinarySearchFunc(c.unsettled, tag, func(d *delivery, tag amqp08.DeliveryTag) int { return cmp.Compare(d.tag, tag) })
	if !found {
		return nil, soft(replyPreconditionFailed, "unknown delivery tag %d", tag)
	}
	first := i
	if multiple {
		first = 0
	}
	taken := slices.Clone(c.unsettled[first : i+1])
	c.unsettled = slices.Delete(c.unsettled, first, i+1)
	return taken, nil
}

// finish drops deliveries or puts them back, and delivers what that makes room for.
func (c *channel) finish(taken []*delivery, requeue bool) {
	touched := map[*queue]bool{}
	for _, d := range taken {
		if d.consumer != nil {
			d.consumer.unsettled--
		}
		if requeue {
			d.queue.requeue(d.entry)
			touched[d.queue] = true
		} else {
			d.queue.forget(d.entry)
		}
	}
	for q := range touched {
		q.deliver()
	}
	c.resume()
}

// requeueAll puts back all that is not settled.
func (c *channel) requeueAll() {
	taken := c.unsettled
	c.unsettled = nil
	c.finish(taken, true)
}

// recover has everything delivered again. AMQP 0-8 knows no answer to it.
func (c *channel) recover(m *amqp08.BasicRecover) error {
	if !m.Requeue {
		return hard(amqp08.ReplyNotImplemented, "requeue=false")
	}
	c.requeueAll()
	return nil
}
