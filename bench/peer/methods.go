package peer

import (
	"encoding/binary"
	"fmt"

	"github.com/amqpgen/amqpgen/generated/amqp08"
	"github.com/amqpgen/amqpgen/generated/rabbitmq"
)

func methodID(payload []byte) amqp08.MethodID {
	return amqp08.MethodID{Class: binary.BigEndian.Uint16(payload), Method: binary.BigEndian.Uint16(payload[2:])}
}

// method answers a method. Those of messages come first.
func (s *session) method(f frame) error {
	switch id := methodID(f.payload); id {
	case amqp08.BasicPublish{}.ID():
		s.publish()
	case amqp08.BasicAck{}.ID():
		return s.ack(f.payload)
	case amqp08.BasicQos{}.ID():
		return s.qos(f)
	case amqp08.BasicConsume{}.ID():
		return s.consume(f)
	case amqp08.BasicCancel{}.ID():
		return s.send(methodFrame(f.channel, amqp08.BasicCancelOK{ConsumerTag: ConsumerTag}))
	case confirmSelect:
		s.confirms = confirms{channel: f.channel}
		return s.send(methodFrame(f.channel, rabbitmq.ConfirmSelectOK{}))
	default:
		return s.manage(f, id)
	}
	return nil
}

var confirmSelect = amqp08.MethodID(rabbitmq.ConfirmSelect{}.ID())

// manage answers what opens and closes connection and channels.
func (s *session) manage(f frame, id amqp08.MethodID) error {
	switch id {
	case amqp08.ConnectionStartOK{}.ID():
		return s.send(methodFrame(0, amqp08.ConnectionTune{ChannelMax: channelMax, FrameMax: frameMax}))
	case amqp08.ConnectionTuneOK{}.ID():
		return nil
	case amqp08.ConnectionOpen{}.ID():
		return s.send(methodFrame(0, amqp08.ConnectionOpenOK{}))
	case amqp08.ChannelOpen{}.ID():
		return s.send(s.version.channelOpenOK(f.channel))
	case amqp08.ChannelClose{}.ID():
		return s.send(methodFrame(f.channel, amqp08.ChannelCloseOK{}))
	case s.version.connectionClose():
		s.closed = true
		return s.send(s.version.connectionCloseOK())
	}
	return fmt.Errorf("the client sends method %v", id)
}

// publish starts the delivery of a message to the consumer, if that is to have it.
func (s *session) publish() {
	if s.consumer.echoes() {
		s.consumer.sent++
		s.out = append(s.out, methodFrame(s.consumer.channel, deliver(s.consumer.sent))...)
	}
}

func (s *session) ack(payload []byte) error {
	if s.consumer == nil {
		return fmt.Errorf("an acknowledgement without a consumer")
	}
	tag, multiple := binary.BigEndian.Uint64(payload[4:]), payload[12]&1 != 0
	if err := s.consumer.ack(tag, multiple); err != nil {
		return err
	}
	s.counts.Acked = int(s.consumer.acked)
	return nil
}

func (s *session) qos(f frame) error {
	var m amqp08.BasicQos
	if err := m.UnmarshalBinary(f.payload); err != nil {
		return err
	}
	s.prefetch = uint64(m.PrefetchCount)
	return s.send(methodFrame(f.channel, amqp08.BasicQosOK{}))
}

func (s *session) consume(f frame) error {
	queue, noAck, err := s.version.consume(f.payload)
	if err != nil {
		return err
	}
	c := &consumer{channel: f.channel, prefetch: s.prefetch}
	if noAck {
		c.prefetch = 0
	}
	if err := c.fill(queue); err != nil {
		return err
	}
	s.consumer = c
	return s.send(consumeOKFrame(f.channel))
}
