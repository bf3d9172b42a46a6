package broker

import (
	"cmp"
	"slices"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// Limits of a queue. Who exceeds them is disconnected.
const (
	mostMessages = 1 << 20
	mostOctets   = 256 << 20
)

// queue holds messages until they are taken.
type queue struct {
	broker              *Broker
	name                string
	durable, autoDelete bool
	owner               *session // the only one who may use it; nil: everybody
	arguments           amqp08.Table

	ready     []entry // in the order of their numbers
	sequence  uint64
	held      int // messages, with those that are delivered and not settled
	octets    int // of their bodies
	consumers []*consumer
	deleted   bool
}

// entry is a message's place in a queue.
type entry struct {
	*message
	number      uint64
	redelivered bool
}

// push appends a message.
func (q *queue) push(m *message) error {
	if q.deleted {
		return nil
	}
	if q.held >= mostMessages || q.octets+len(m.body) > mostOctets {
		return hard(amqp08.ReplyResourceError, "queue '%s' holds %d messages of %d octets", q.name, q.held, q.octets)
	}
	q.sequence++
	q.held++
	q.octets += len(m.body)
	q.ready = append(q.ready, entry{message: m, number: q.sequence})
	q.deliver()
	return nil
}

// pop takes the oldest message.
func (q *queue) pop() entry {
	e := q.ready[0]
	q.ready[0] = entry{}
	q.ready = q.ready[1:]
	return e
}

// requeue puts a message back to its old place. Who does so calls deliver at the end.
func (q *queue) requeue(e entry) {
	if q.deleted {
		return
	}
	e.redelivered = true
	i, _ := slices.BinarySearchFunc(q.ready, e, func(a, b entry) int { return cmp.Compare(a.number, b.number) })
	q.ready = slices.Insert(q.ready, i, e)
}

// forget lets go of a message that was taken.
func (q *queue) forget(e entry) {
	q.held--
	q.octets -= len(e.body)
}

// deliver hands messages to consumers that can take them, in turn.
func (q *queue) deliver() {
	for len(q.ready) > 0 {
		c := q.next()
		if c == nil {
			return
		}
		c.deliver(q.pop())
	}
}

// next returns a consumer that can take a message, or nil.
func (q *queue) next() *consumer {
	for range q.consumers {
		c := q.consumers[0]
		q.consumers = append(q.consumers[1:], c)
		if c.hungry() {
			return c
		}
	}
	return nil
}

// purge drops what is ready, and counts it.
func (q *queue) purge() int {
	n := len(q.ready)
	for _, e := range q.ready {
		q.forget(e)
	}
	q.ready = nil
	return n
}

// delete removes the queue from the broker. Its consumers hear of it.
func (q *queue) delete() int {
	n := q.purge()
	q.deleted = true
	delete(q.broker.queues, q.name)
	q.broker.unbind(q)
	for _, c := range q.consumers {
		c.orphan()
	}
	q.consumers = nil
	return n
}

// leave removes a consumer, and with the last one a queue that wants that.
func (q *queue) leave(c *consumer) {
	q.consumers = slices.DeleteFunc(q.consumers, func(other *consumer) bool { return other == c })
	if q.autoDelete && len(q.consumers) == 0 && !q.deleted {
		q.delete()
	}
}

// exclusive reports whether its only consumer wants to stay the only one.
func (q *queue) exclusive() bool { return len(q.consumers) == 1 && q.consumers[0].exclusive }
