package peer

import (
	"github.com/amqpgen/amqpgen/generated/amqp08"
	"github.com/amqpgen/amqpgen/generated/rabbitmq"
)

// version is what a connection speaks.
type version int

const (
	v08 version = iota
	v091
	bare
)

var versions = map[[8]byte]version{
	{'A', 'M', 'Q', 'P', 1, 1, 8, 0}: v08,
	{'A', 'M', 'Q', 'P', 1, 1, 9, 1}: v08, // py-amqplib's
	{'A', 'M', 'Q', 'P', 0, 0, 9, 1}: v091,
	Bare:                             bare,
}

// The rest is what differs between the two.

func (v version) channelOpenOK(channel uint16) []byte {
	if v == v091 {
		return methodFrame(channel, rabbitmq.ChannelOpenOK{})
	}
	return methodFrame(channel, amqp08.ChannelOpenOK{})
}

func (v version) consume(payload []byte) (queue string, noAck bool, err error) {
	if v == v091 {
		var m rabbitmq.BasicConsume
		err = m.UnmarshalBinary(payload)
		return m.Queue, m.NoAck, err
	}
	var m amqp08.BasicConsume
	err = m.UnmarshalBinary(payload)
	return m.Queue, m.NoAck, err
}

func (v version) connectionClose() amqp08.MethodID {
	if v == v091 {
		return amqp08.MethodID(rabbitmq.ConnectionClose{}.ID())
	}
	return amqp08.ConnectionClose{}.ID()
}

func (v version) connectionCloseOK() []byte {
	if v == v091 {
		return methodFrame(0, rabbitmq.ConnectionCloseOK{})
	}
	return methodFrame(0, amqp08.ConnectionCloseOK{})
}
