package broker

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

const (
	handshakeWait = 10 * time.Second
	channelMax    = 2047
	frameMax      = 128 << 10
	heartbeat     = 60 // seconds
)

// headers are the protocol headers that clients of AMQP 0-8 send: what brokers agree on, and what the
// published specification says. The first is also the answer to all others.
var headers = []string{"AMQP\x01\x01\x08\x00", "AMQP\x01\x01\x09\x01"}

// capabilities is what a client says that it can take.
type capabilities struct {
	authFailureClose bool
	cancelNotify     bool
}

// handshake brings the connection to the point where channels can be opened. It writes as it goes; nobody
// else does at that time.
func (s *session) handshake() error {
	s.nc.SetWriteDeadline(time.Now().Add(handshakeWait))
	for _, step := range []func() error{s.header, s.start, s.tune, s.open} {
		if err := step(); err != nil {
			return err
		}
	}
	s.nc.SetWriteDeadline(time.Time{})
	return nil
}

func (s *session) header() error {
	var got [8]byte
	if _, err := io.ReadFull(s.in, got[:]); err != nil {
		return errGone
	}
	if !slices.Contains(headers, string(got[:])) {
		io.WriteString(s.nc, headers[0])
		return errGone
	}
	return nil
}

func (s *session) start() error {
	start := amqp08.ConnectionStart{
		VersionMajor:     8,
		ServerProperties: amqp08.NewTable(amqp08.Entry{Name: "product", Value: "amqpgen broker"}, amqp08.Entry{Name: "platform", Value: "Go"}),
		Mechanisms:       "PLAIN AMQPLAIN",
		Locales:          "en_US",
	}
	var ok amqp08.ConnectionStartOK
	if err := s.ask(&start, &ok); err != nil {
		return err
	}
	s.capable = capabilitiesOf(ok.ClientProperties)
	return authenticate(ok.Mechanism, ok.Response)
}

func capabilitiesOf(properties amqp08.Table) capabilities {
	value, _ := properties.Get("capabilities")
	table, _ := value.(amqp08.Table)
	has := func(name string) bool {
		value, _ := table.Get(name)
		return value == true
	}
	return capabilities{authFailureClose: has("authentication_failure_close"), cancelNotify: has("consumer_cancel_notify")}
}

func (s *session) tune() error {
	tune := amqp08.ConnectionTune{ChannelMax: channelMax, FrameMax: frameMax, Heartbeat: heartbeat}
	var ok amqp08.ConnectionTuneOK
	if err := s.ask(&tune, &ok); err != nil {
		return err
	}
	switch {
	case ok.FrameMax < amqp08.FrameMinSize || ok.FrameMax > frameMax:
		return at(ok.ID(), hard(amqp08.ReplyNotAllowed, "frame-max is %d, and not from %d to %d", ok.FrameMax, amqp08.FrameMinSize, frameMax))
	case ok.ChannelMax == 0 || ok.ChannelMax > channelMax:
		return at(ok.ID(), hard(amqp08.ReplyNotAllowed, "channel-max is %d, and not from 1 to %d", ok.ChannelMax, channelMax))
	}
	s.limits = ok
	return nil
}

func (s *session) open() error {
	var open amqp08.ConnectionOpen
	if err := s.expect(&open); err != nil {
		return err
	}
	if open.VirtualHost != "/" {
		return at(open.ID(), hard(amqp08.ReplyNotAllowed, "vhost %s not found", open.VirtualHost))
	}
	s.out.frameMax = int(s.limits.FrameMax)
	return s.tell(new(amqp08.ConnectionOpenOK))
}

// ask sends a method and waits for the one that answers it.
func (s *session) ask(m, answer amqp08.Method) error {
	if err := s.tell(m); err != nil {
		return err
	}
	return s.expect(answer)
}

func (s *session) tell(m amqp08.Method) error {
	if _, err := s.nc.Write(methodFrame(nil, 0, m)); err != nil {
		return errGone
	}
	return nil
}

// expect reads the method that is due; any other ends the connection without a word.
func (s *session) expect(m amqp08.Method) error {
	for {
		f, err := amqp08.ReadFrame(s.in, amqp08.FrameMinSize)
		if err != nil {
			return errGone
		}
		if f.Type != amqp08.FrameHeartbeat {
			if f.Channel != 0 || f.Type != amqp08.FrameMethod || m.UnmarshalBinary(f.Payload) != nil {
				return errGone
			}
			return nil
		}
	}
}

// refuse ends a connection that never got as far as to be open. A client that cannot take a close for its
// wrong password gets silence, and then the end.
func (s *session) refuse(err error) {
	var f *fault
	s.nc.SetReadDeadline(time.Now().Add(farewellWait))
	switch {
	case s.isKicked():
	case !errors.As(err, &f):
		drain(s.nc, s.nc)
	case f.code != amqp08.ReplyAccessRefused || s.capable.authFailureClose:
		s.tell(f.connectionClose())
		drain(s.nc, s.nc)
	default:
		io.Copy(io.Discard, s.nc)
	}
}

func methodID(payload []byte) amqp08.MethodID {
	return amqp08.MethodID{Class: binary.BigEndian.Uint16(payload), Method: binary.BigEndian.Uint16(payload[2:])}
}
