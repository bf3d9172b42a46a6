package main

import (
	"bufio"
	"encoding"
	"encoding/binary"
	"fmt"
	"io"
	"net"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

const (
	channelMax         = 2047
	frameMax           = 128 << 10
	frameHeaderSize    = 7
	protocolHeaderSize = 8
	buffer             = 64 << 10
)

// session is a client's connection.
type session struct {
	in     *bufio.Reader
	out    *bufio.Writer
	left   map[uint16]uint64 // octets of body that are still to come, by channel
	closed bool
}

// serve speaks with a client until it closes the connection.
func serve(nc net.Conn) error {
	s := &session{in: bufio.NewReaderSize(nc, buffer), out: bufio.NewWriterSize(nc, buffer), left: map[uint16]uint64{}}
	if _, err := s.in.Discard(protocolHeaderSize); err != nil {
		return err
	}
	if err := s.send(0, amqp08.ConnectionStart{VersionMajor: 8, Mechanisms: "PLAIN", Locales: "en_US"}); err != nil {
		return err
	}
	for !s.closed {
		if s.in.Buffered() == 0 {
			if err := s.out.Flush(); err != nil {
				return err
			}
		}
		if err := s.frame(); err != nil {
			return err
		}
	}
	return s.out.Flush()
}

// frame takes the next frame. Bodies are dropped as they come.
func (s *session) frame() error {
	var head [frameHeaderSize]byte
	if _, err := io.ReadFull(s.in, head[:]); err != nil {
		return err
	}
	kind, channel, size := head[0], binary.BigEndian.Uint16(head[1:]), int(binary.BigEndian.Uint32(head[3:]))
	if kind == amqp08.FrameBody {
		s.comes(channel, s.left[channel]-uint64(size))
		_, err := s.in.Discard(size + 1)
		return err
	}
	payload := make([]byte, size+1)
	if _, err := io.ReadFull(s.in, payload); err != nil {
		return err
	}
	if end := payload[size]; end != amqp08.FrameEnd {
		return fmt.Errorf("a frame ends with %#x", end)
	}
	if kind == amqp08.FrameHeader {
		s.comes(channel, binary.BigEndian.Uint64(payload[4:]))
		return nil
	}
	m, err := amqp08.DecodeMethod(payload[:size])
	if err != nil {
		return err
	}
	return s.method(channel, m)
}

// comes notes how much is left of a message, and counts one that is there
// whole.
func (s *session) comes(channel uint16, left uint64) {
	if s.left[channel] = left; left == 0 {
		published.Add(1)
	}
}

// method answers a method. A queue that is declared seems to hold all that
// was published so far.
func (s *session) method(channel uint16, m amqp08.Method) error {
	switch m := m.(type) {
	case *amqp08.BasicPublish, *amqp08.ConnectionTuneOK:
		return nil
	case *amqp08.ConnectionStartOK:
		return s.send(0, amqp08.ConnectionTune{ChannelMax: channelMax, FrameMax: frameMax})
	case *amqp08.ConnectionOpen:
		return s.send(0, amqp08.ConnectionOpenOK{})
	case *amqp08.ConnectionClose:
		s.closed = true
		return s.send(0, amqp08.ConnectionCloseOK{})
	case *amqp08.ChannelOpen:
		return s.send(channel, amqp08.ChannelOpenOK{})
	case *amqp08.ChannelClose:
		delete(s.left, channel)
		return s.send(channel, amqp08.ChannelCloseOK{})
	case *amqp08.QueueDeclare:
		return s.send(channel, amqp08.QueueDeclareOK{Queue: m.Queue, MessageCount: published.Load()})
	case *amqp08.BasicCancel:
		return s.send(channel, amqp08.BasicCancelOK{ConsumerTag: m.ConsumerTag})
	case *amqp08.BasicConsume:
		return s.push(channel, m)
	}
	return fmt.Errorf("the client sends %v", m)
}

func (s *session) send(channel uint16, m encoding.BinaryAppender) error {
	frame, err := appendFrame(nil, amqp08.FrameMethod, channel, m)
	if err != nil {
		return err
	}
	_, err = s.out.Write(frame)
	return err
}

// appendFrame appends a frame with the payload that a method, a content header or
// octets make.
func appendFrame(b []byte, kind byte, channel uint16, of encoding.BinaryAppender) ([]byte, error) {
	payload, err := of.AppendBinary(nil)
	if err != nil {
		return nil, err
	}
	return amqp08.Frame{Type: kind, Channel: channel, Payload: payload}.AppendBinary(b)
}
