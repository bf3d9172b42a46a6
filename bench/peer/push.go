package peer

import (
	"bytes"
	"fmt"
	"net"
	"time"
)

const (
	pushBatch = 64 << 10         // octets that a write aims for
	patience  = 10 * time.Second // for the client's answer to the last delivery
)

// consumer is who gets deliveries: ready-made ones, as many as a queue's name
// says, or, if there are none, what is published.
type consumer struct {
	channel     uint16
	prefetch    uint64 // 0 bounds nothing
	batch       []byte // some deliveries, whose tags are set anew each time
	size        int    // octets of a delivery
	messages    uint64 // to be pushed
	sent, acked uint64 // deliveries so far
}

// fill prepares the deliveries that the queue holds.
func (c *consumer) fill(queue string) error {
	if queue == RoutingKey {
		return nil
	}
	messages, body, p, err := parseQueueName(queue)
	if err != nil {
		return fmt.Errorf("queue %q: %w", queue, err)
	}
	delivery := deliverFrames(c.channel, make([]byte, body), p)
	c.messages, c.size = messages, len(delivery)
	c.batch = bytes.Repeat(delivery, max(pushBatch/c.size, 1))
	return nil
}

// echoes reports whether what is published is for the consumer.
func (c *consumer) echoes() bool { return c != nil && c.messages == 0 }

// push sends the deliveries that the prefetch allows, numbered from 1. A client
// that misses one waits in vain, so that its connection ends when patience does.
func (c *consumer) push(nc net.Conn) error {
	if c.sent >= c.messages {
		return nil
	}
	allowed := c.messages
	if c.prefetch > 0 {
		allowed = min(allowed, c.acked+c.prefetch)
	}
	for c.sent < allowed {
		if _, err := nc.Write(c.next(allowed)); err != nil {
			return err
		}
	}
	if c.sent < c.messages {
		return nil
	}
	return nc.SetReadDeadline(time.Now().Add(patience))
}

// next returns a batch of the deliveries up to a last one.
func (c *consumer) next(last uint64) []byte {
	at := 0
	for ; at < len(c.batch) && c.sent < last; at += c.size {
		c.sent++
		setDeliveryTag(c.batch[at:], c.sent)
	}
	return c.batch[:at]
}

// ack notes an acknowledgement. Clients that are measured send them in order.
func (c *consumer) ack(tag uint64, multiple bool) error {
	switch {
	case tag > c.sent, tag <= c.acked:
		return fmt.Errorf("delivery %d is acknowledged, of %d to %d", tag, c.acked+1, c.sent)
	case tag > c.acked+1 && !multiple:
		return fmt.Errorf("delivery %d is acknowledged before %d", tag, c.acked+1)
	}
	c.acked = tag
	return nil
}
