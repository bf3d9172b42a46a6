package peer

import "github.com/amqpgen/amqpgen/generated/rabbitmq"

// confirms is what the one channel with confirms is owed; its number is 0 while
// there is none.
type confirms struct {
	channel             uint16
	received, confirmed uint64 // messages
}

// count notes a message that was received on a channel.
func (c *confirms) count(channel uint16) {
	if channel == c.channel {
		c.received++
	}
}

// append appends one answer for all messages that still wait for theirs.
func (c *confirms) append(b []byte) []byte {
	if c.confirmed == c.received {
		return b
	}
	c.confirmed = c.received
	ack := rabbitmq.BasicAck{DeliveryTag: rabbitmq.DeliveryTag(c.confirmed), Multiple: true}
	return append(b, methodFrame(c.channel, ack)...)
}
