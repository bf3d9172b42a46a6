package peer

import (
	"encoding/binary"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

const firstChannel = 1

// PublishFrames returns a message as a client publishes it on channel 1. The
// octets are the same in both versions of AMQP.
func PublishFrames(body []byte, p Properties) []byte {
	return contentFrames(firstChannel, amqp08.BasicPublish{RoutingKey: RoutingKey}, body, p)
}

// ConsumeFrame returns the frame that starts a consumer without
// acknowledgements on channel 1.
func ConsumeFrame(queue string) []byte {
	return methodFrame(firstChannel, amqp08.BasicConsume{Queue: queue, ConsumerTag: ConsumerTag, NoAck: true})
}

// ConsumeReplySize returns how many octets answer a [ConsumeFrame], deliveries
// included.
func ConsumeReplySize(messages, body int, p Properties) int {
	return len(consumeOKFrame(firstChannel)) + messages*len(deliverFrames(firstChannel, make([]byte, body), p))
}

func consumeOKFrame(channel uint16) []byte {
	return methodFrame(channel, amqp08.BasicConsumeOK{ConsumerTag: ConsumerTag})
}

// deliverFrames returns a delivery whose tag is still to be set.
func deliverFrames(channel uint16, body []byte, p Properties) []byte {
	return contentFrames(channel, deliver(0), body, p)
}

func deliver(tag uint64) amqp08.BasicDeliver {
	return amqp08.BasicDeliver{ConsumerTag: ConsumerTag, DeliveryTag: amqp08.DeliveryTag(tag), RoutingKey: RoutingKey}
}

// setDeliveryTag sets the tag of a delivery: what follows the frame's header,
// the method's numbers and the consumer tag.
func setDeliveryTag(delivery []byte, tag uint64) {
	const at = frameHeaderSize + 4 + 1 + len(ConsumerTag)
	binary.BigEndian.PutUint64(delivery[at:], tag)
}

// contentFrames returns a method and the content that follows it.
func contentFrames(channel uint16, m method, body []byte, p Properties) []byte {
	b := methodFrame(channel, m)
	b = appendFrame(b, amqp08.FrameHeader, channel, contentHeader(p, len(body)))
	for len(body) > 0 {
		n := min(len(body), frameMax-frameOverhead)
		b = appendFrame(b, amqp08.FrameBody, channel, body[:n])
		body = body[n:]
	}
	return b
}

// method is what a method frame carries.
type method interface {
	AppendBinary([]byte) ([]byte, error)
}

func methodFrame(channel uint16, m method) []byte {
	return appendFrame(nil, amqp08.FrameMethod, channel, must(m.AppendBinary(nil)))
}

func appendFrame(b []byte, kind byte, channel uint16, payload []byte) []byte {
	return must(amqp08.Frame{Type: kind, Channel: channel, Payload: payload}.AppendBinary(b))
}

// must is for encoding what always fits the wire.
func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}
