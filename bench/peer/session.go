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
	left     [channelMax + 1]uint64 // octets of body that are still to come, by channel
	counts   Counts
	confirms confirms
	prefetch uint64    // what basic.qos asked for last
	consumer *consumer // nil until there is one
	out      []byte    // to be written before the next read
	closed   bool
}

func newSession(nc net.Conn) *session {
	s := &session{nc: nc}
	s.r = newReader(nc, s.flush)
	return s
}

// serve plays the server until the client goes, and returns what it has counted.
func serve(nc net.Conn) (Counts, error) {
	s := newSession(nc)
	if err := s.greet(); err != nil {
		return Counts{}, err
	}
	for !s.closed {
		f, err := s.r.next()
		if err == io.EOF && s.version == bare {
			break
		}
		if err != nil {
			return s.counts, err
		}
		if err := s.handle(f); err != nil {
			return s.counts, err
		}
	}
	return s.counts, nil
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
	return s.send(methodFrame(0, amqp08.ConnectionStart{VersionMinor: 9, Mechanisms: "PLAIN AMQPLAIN", Locales: "en_US"}))
}

func (s *session) send(b []byte) error {
	_, err := s.nc.Write(b)
	return err
}

// flush sends what is due, as nothing more can be done without reading.
func (s *session) flush() error {
	s.out = s.confirms.append(s.out)
	if len(s.out) > 0 {
		if err := s.send(s.out); err != nil {
			return err
		}
		s.out = s.out[:0]
	}
	if s.consumer != nil {
		return s.consumer.push(s.nc)
	}
	return nil
}

func (s *session) handle(f frame) error {
	switch f.kind {
	case amqp08.FrameMethod:
		return s.method(f)
	case amqp08.FrameHeader:
		s.left[f.channel] = binary.BigEndian.Uint64(f.payload[4:])
	case amqp08.FrameBody:
		s.left[f.channel] -= uint64(len(f.payload))
	}
	s.counts.Octets += len(f.payload)
	if s.consumer.echoes() {
		s.out = appendFrame(s.out, f.kind, s.consumer.channel, f.payload)
	}
	if s.left[f.channel] == 0 {
		s.counts.Received++
		s.confirms.count(f.channel)
	}
	return nil
}
