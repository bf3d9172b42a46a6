package peer

import (
	"encoding/binary"
	"fmt"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

const channel = 1 // of all frames with messages

// QueueName names a queue that holds so many messages with bodies of so many
// octets: consuming from it brings just these.
func QueueName(messages, body int) string { return fmt.Sprintf("%dx%d", messages, body) }

func parseQueueName(name string) (messages, body int, err error) {
	_, err = fmt.Sscanf(name, "%dx%d", &messages, &body)
	return messages, body, err
}

// PublishFrames returns a message as a client publishes it. The octets are the
// same in both versions of AMQP.
func PublishFrames(body []byte) []byte {
	return contentFrames(amqp08.BasicPublish{RoutingKey: RoutingKey}, body)
}

// ConsumeFrame returns the frame that starts a consumer without
// acknowledgements.
func ConsumeFrame(queue string) []byte {
	return methodFrame(channel, amqp08.BasicConsume{Queue: queue, ConsumerTag: ConsumerTag, NoAck: true})
}

// ConsumeReplySize returns how many octets answer a [ConsumeFrame], deliveries
// included.
func ConsumeReplySize(messages, body int) int {
	return len(consumeOKFrame()) + messages*len(deliverFrames(make([]byte, body)))
}

func consumeOKFrame() []byte {
	return methodFrame(channel, amqp08.BasicConsumeOK{ConsumerTag: ConsumerTag})
}

// deliverFrames returns a delivery whose tag is still to be set.
func deliverFrames(body []byte) []byte {
	return contentFrames(amqp08.BasicDeliver{ConsumerTag: ConsumerTag, RoutingKey: RoutingKey}, body)
}

// setDeliveryTag sets the tag of a delivery: what follows the frame's header,
// the method's numbers and the consumer tag.
func setDeliveryTag(delivery []byte, tag uint64) {
	const at = frameHeaderSize + 4 + 1 + len(ConsumerTag)
	binary.BigEndian.PutUint64(delivery[at:], tag)
}

// contentFrames returns a method and the content that follows it.
func contentFrames(m method, body []byte) []byte {
	header := amqp08.ContentHeader{
		ClassID:    amqp08.ClassBasic,
		BodySize:   uint64(len(body)),
		Properties: &amqp08.BasicProperties{ContentType: ContentType, DeliveryMode: DeliveryMode},
	}
	b := methodFrame(channel, m)
	b = appendFrame(b, amqp08.FrameHeader, channel, must(header.AppendBinary(nil)))
	if len(body) > 0 {
		b = appendFrame(b, amqp08.FrameBody, channel, body)
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
