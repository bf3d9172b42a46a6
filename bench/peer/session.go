package peer

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// session is one client's connection.
type session struct {
	nc       net.Conn
	r        *reader
	version  version
	left     uint64 // octets of body that are still to come
	received int    // messages that are complete
	closed   bool
}

// serve plays the server until the client goes, and returns how many messages
// it has sent.
func serve(nc net.Conn) (received int, err error) {
	s := &session{nc: nc, r: newReader(nc)}
	if err := s.greet(); err != nil {
		return 0, err
	}
	for !s.closed {
		f, err := s.r.next()
		if err == io.EOF && s.version == bare {
			break
		}
		if err != nil {
			return s.received, err
		}
		if err := s.handle(f); err != nil {
			return s.received, err
		}
	}
	return s.received, nil
}

// greet tells by the protocol header what the client speaks.
func (s *session) greet() error {
	var header [8]byte
	if _, err := io.ReadFull(s.nc, header[:]); err != nil {
		return err
	}
	v, known := versions[header]
	if !known {
		return fmt.Errorf("the client greets with %q", header)
	}
	if s.version = v; v == bare {
		return nil
	}
	return s.send(methodFrame(0, amqp08.ConnectionStart{VersionMinor: 9, Mechanisms: "PLAIN", Locales: "en_US"}))
}

func (s *session) send(b []byte) error {
	_, err := s.nc.Write(b)
	return err
}

func (s *session) handle(f frame) error {
	switch f.kind {
	case amqp08.FrameMethod:
		return s.method(f.payload)
	case amqp08.FrameHeader:
		s.left = binary.BigEndian.Uint64(f.payload[4:])
	case amqp08.FrameBody:
		s.left -= uint64(len(f.payload))
	}
	if s.left == 0 {
		s.received++
	}
	return nil
}

func (s *session) method(payload []byte) error {
	id := amqp08.MethodID{Class: binary.BigEndian.Uint16(payload), Method: binary.BigEndian.Uint16(payload[2:])}
	switch id {
	case amqp08.BasicPublish{}.ID(), amqp08.ConnectionTuneOK{}.ID():
		return nil
	case amqp08.ConnectionStartOK{}.ID():
		return s.send(methodFrame(0, amqp08.ConnectionTune{ChannelMax: channelMax, FrameMax: frameMax}))
	case amqp08.ConnectionOpen{}.ID():
		return s.send(methodFrame(0, amqp08.ConnectionOpenOK{}))
	case amqp08.ChannelOpen{}.ID():
		return s.send(s.version.channelOpenOK())
	case amqp08.BasicConsume{}.ID():
		return s.consume(payload)
	case amqp08.BasicCancel{}.ID():
		return s.send(methodFrame(channel, amqp08.BasicCancelOK{ConsumerTag: ConsumerTag}))
	case amqp08.ChannelClose{}.ID():
		return s.send(methodFrame(channel, amqp08.ChannelCloseOK{}))
	case s.version.connectionClose():
		s.closed = true
		return s.send(s.version.connectionCloseOK())
	}
	return fmt.Errorf("the client sends method %v", id)
}

func (s *session) consume(payload []byte) error {
	queue := payload[7:] // after the method's numbers, a ticket and its own length
	queue = queue[:payload[6]]
	messages, body, err := parseQueueName(string(queue))
	if err != nil {
		return fmt.Errorf("queue %q: %w", queue, err)
	}
	if err := s.send(consumeOKFrame()); err != nil {
		return err
	}
	return push(s.nc, messages, body)
}
