package main

import (
	"encoding/binary"
	"fmt"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// push answers a consumer and sends it deliveries. The queue's name says how
// many, and how many octets each has: 1000x100. They are made beforehand, so
// that the client does not wait for them.
func (s *session) push(channel uint16, m *amqp08.BasicConsume) error {
	var messages, size int
	if _, err := fmt.Sscanf(m.Queue, "%dx%d", &messages, &size); err != nil {
		return fmt.Errorf("queue %q: %w", m.Queue, err)
	}
	if err := s.send(channel, amqp08.BasicConsumeOK{ConsumerTag: m.ConsumerTag}); err != nil {
		return err
	}
	delivery, err := frames(channel, m.ConsumerTag, make([]byte, size))
	if err != nil {
		return err
	}
	tag := delivery[frameHeaderSize+4+1+len(m.ConsumerTag):] // behind the method's numbers and the consumer's tag
	for i := range messages {
		binary.BigEndian.PutUint64(tag, uint64(i+1))
		if _, err := s.out.Write(delivery); err != nil {
			return err
		}
	}
	return nil
}

// frames returns a delivery whose tag is still to be set.
func frames(channel uint16, consumerTag string, body []byte) ([]byte, error) {
	b, err := appendFrame(nil, amqp08.FrameMethod, channel, amqp08.BasicDeliver{ConsumerTag: consumerTag, RoutingKey: "linear"})
	if err != nil {
		return nil, err
	}
	b, err = appendFrame(b, amqp08.FrameHeader, channel, amqp08.ContentHeader{
		ClassID:    amqp08.ClassBasic,
		BodySize:   uint64(len(body)),
		Properties: &amqp08.BasicProperties{ContentType: "text/plain", DeliveryMode: 2},
	})
	const most = frameMax - frameHeaderSize - 1
	for len(body) > 0 && err == nil {
		part := body[:min(most, len(body))]
		body = body[len(part):]
		b, err = appendFrame(b, amqp08.FrameBody, channel, octets(part))
	}
	return b, err
}

// octets are the payload of a body frame.
type octets []byte

func (o octets) AppendBinary(b []byte) ([]byte, error) { return append(b, o...), nil }
