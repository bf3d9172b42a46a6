package peer

import "github.com/amqpgen/amqpgen/generated/amqp08"

// version is what a connection speaks.
type version int

const (
	v08 version = iota
	v091
	bare
)

var versions = map[[8]byte]version{
	{'A', 'M', 'Q', 'P', 1, 1, 8, 0}: v08,
	{'A', 'M', 'Q', 'P', 0, 0, 9, 1}: v091,
	Bare:                             bare,
}

// The rest is what differs between the two.

func (v version) channelOpenOK() []byte {
	if v == v091 {
		return appendFrame(nil, amqp08.FrameMethod, channel, []byte{0, 20, 0, 11, 0, 0, 0, 0}) // an empty long string
	}
	return methodFrame(channel, amqp08.ChannelOpenOK{})
}

func (v version) connectionClose() amqp08.MethodID {
	if v == v091 {
		return amqp08.MethodID{Class: 10, Method: 50}
	}
	return amqp08.ConnectionClose{}.ID()
}

func (v version) connectionCloseOK() []byte {
	if v == v091 {
		return appendFrame(nil, amqp08.FrameMethod, 0, []byte{0, 10, 0, 51})
	}
	return methodFrame(0, amqp08.ConnectionCloseOK{})
}
