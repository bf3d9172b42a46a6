package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// handshake brings a connection from an address to where it may be used. It
// runs in the goroutine of Dial, one frame at a time.
type handshake struct {
	ctx     context.Context
	conn    *Connection
	target  *target
	tried   []string // addresses, the last one being that of nc
	nc      net.Conn
	unwatch func() bool // lets ctx pass nc by again, and reports whether it had
}

// handshakeFrame is the largest frame before another limit is agreed on, with
// room for servers that say a lot about themselves.
const handshakeFrame = 1 << 20

// run does it all.
func (h *handshake) run() error {
	if err := h.dial(); err != nil {
		return err
	}
	if _, err := h.nc.Write(h.conn.config.ProtocolHeader[:]); err != nil {
		return handshakeFailed(err)
	}
	if err := h.start(); err != nil {
		return err
	}
	if err := h.tune(); err != nil {
		return err
	}
	if err := h.send(ConnectionOpen{VirtualHost: h.target.vhost}); err != nil {
		return err
	}
	var opened ConnectionOpenOK
	return h.receive(&opened)
}

// dial opens the network connection, TLS included.
func (h *handshake) dial() error {
	config := &h.conn.config
	address := h.target.address()
	h.tried = append(h.tried, address)
	nc, err := config.Dialer(h.ctx, "tcp", address)
	if err != nil {
		return &TransportError{Stage: "dial", Err: err}
	}
	h.nc = nc
	if h.target.tls {
		secure := tls.Client(nc, h.target.tlsConfig(config.TLS))
		if err := secure.HandshakeContext(h.ctx); err != nil {
			return &TransportError{Stage: "tls", Err: err}
		}
		h.nc = secure
	}
	h.unwatch = watch(h.ctx, h.nc)
	return nil
}

// hangUp gives the network connection up.
func (h *handshake) hangUp() {
	if h.unwatch != nil {
		h.unwatch()
	}
	if h.nc != nil {
		cut(h.nc)
	}
}

func (h *handshake) start() error {
	var start ConnectionStart
	if err := h.receive(&start); err != nil {
		return err
	}
	h.conn.properties = start.ServerProperties
	config := &h.conn.config
	mechanism, response, err := h.target.authenticate(config.Mechanism, start.Mechanisms)
	if err != nil {
		return err
	}
	properties := config.Properties
	if properties == (Table{}) {
		properties = clientProperties()
	}
	return h.send(ConnectionStartOK{
		ClientProperties: properties,
		Mechanism:        mechanism,
		Response:         response,
		Locale:           config.Locale,
	})
}

// clientProperties says what this package is and what it can take.
func clientProperties() Table {
	claims := make([]Entry, len(capabilities))
	for i, name := range capabilities {
		claims[i] = Entry{name, true}
	}
	return NewTable(
		Entry{"product", "amqpgen"},
		Entry{"platform", "Go"},
		Entry{"capabilities", NewTable(claims...)},
	)
}

// tune agrees on limits: the smaller of both sides', where 0 means the other
// side's.
func (h *handshake) tune() error {
	var tune ConnectionTune
	if err := h.receive(&tune); err != nil {
		return err
	}
	config := &h.conn.config
	ok := ConnectionTuneOK{
		ChannelMax: smaller(tune.ChannelMax, config.ChannelMax),
		FrameMax:   smaller(tune.FrameMax, config.FrameMax),
		Heartbeat:  interval(tune.Heartbeat, config.Heartbeat),
	}
	if ok.FrameMax != 0 && ok.FrameMax < FrameMinSize {
		return &UsageError{Field: "FrameMax", Reason: fmt.Sprintf("comes to %d octets; the least is %d", ok.FrameMax, FrameMinSize)}
	}
	h.conn.frameMax = int(ok.FrameMax)
	h.conn.interval = time.Duration(ok.Heartbeat) * time.Second
	h.conn.channelMax = int(ok.ChannelMax)
	if ok.ChannelMax == 0 {
		h.conn.channelMax = 65535
	}
	return h.send(ok)
}

// smaller returns the smaller limit; 0 is none.
func smaller[T uint16 | uint32](a, b T) T {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// interval agrees on the heartbeat, in seconds. Below zero there is none;
// less than a second is a second.
func interval(server uint16, wanted time.Duration) uint16 {
	if wanted < 0 {
		return 0
	}
	seconds := min(max(int64(wanted/time.Second), 1), 65535)
	return smaller(server, uint16(seconds))
}

// outgoing is a method to send.
type outgoing interface {
	ID() MethodID
	AppendBinary([]byte) ([]byte, error)
}

// send writes one method on channel 0.
func (h *handshake) send(m outgoing) error {
	payload, err := m.AppendBinary(nil)
	if err != nil {
		return err
	}
	if len(payload)+frameOverhead > FrameMinSize {
		return &UsageError{Field: m.ID().String(), Reason: fmt.Sprintf("has %d octets; before the limits are agreed on a frame holds at most %d", len(payload)+frameOverhead, FrameMinSize)}
	}
	frame, err := Frame{Type: FrameMethod, Payload: payload}.AppendBinary(nil)
	if err != nil {
		return err
	}
	if _, err := h.nc.Write(frame); err != nil {
		return handshakeFailed(err)
	}
	return nil
}

// receive reads frames up to the method that is due. The server may close
// instead.
func (h *handshake) receive(m Method) error {
	for {
		frame, err := h.read(m.ID())
		if err != nil {
			return err
		}
		switch {
		case frame.Type == FrameHeartbeat:
			continue
		case frame.Type != FrameMethod || frame.Channel != 0 || len(frame.Payload) < 4:
			return &ProtocolError{Frame: FrameInfo{Type: frame.Type, Channel: frame.Channel}, Reason: "not expected in the handshake"}
		}
		id := methodIDOf(frame.Payload)
		if id == m.ID() {
			return badFrame(id, m.UnmarshalBinary(frame.Payload))
		}
		return h.instead(id, frame.Payload, m.ID())
	}
}

// read reads a frame. A server that does not speak this version answers with
// the protocol header of one that it does.
func (h *handshake) read(due MethodID) (Frame, error) {
	var first [1]byte
	_, err := io.ReadFull(h.nc, first[:])
	if err == nil && first[0] == protocolHeader[0] {
		return Frame{}, h.otherVersion()
	}
	var frame Frame
	if err == nil {
		frame, err = ReadFrame(io.MultiReader(bytes.NewReader(first[:]), h.nc), handshakeFrame)
	}
	var decode *DecodeError
	switch {
	case errors.As(err, &decode):
		return Frame{}, &ProtocolError{Reason: "the server does not seem to speak AMQP: ", Err: decode}
	case err != nil:
		return Frame{}, handshakeFailed(fmt.Errorf("waiting for %s: %w", due, err))
	}
	return frame, nil
}

// otherVersion reads the rest of the header that the server sent.
func (h *handshake) otherVersion() error {
	var rest [len(protocolHeader) - 1]byte
	if _, err := io.ReadFull(h.nc, rest[:]); err != nil {
		return handshakeFailed(err)
	}
	return &ProtocolError{Reason: fmt.Sprintf("the server does not speak AMQP %s; it offers the protocol header %q", specName, "A"+string(rest[:]))}
}

// instead takes a method that comes where another is due: the server closes,
// or sends the client elsewhere.
func (h *handshake) instead(id MethodID, payload []byte, due MethodID) error {
	d := &decoder{buf: payload, id: id}
	d.method()
	known, err := h.dispatch(id.key(), d)
	if !known {
		err = ruleError("comes where " + due.String() + " is due")
	}
	return badFrame(id, err)
}

// badFrame dresses what is wrong with a frame; other errors pass.
func badFrame(id MethodID, err error) error {
	info := FrameInfo{Type: FrameMethod, Method: id}
	var rule ruleError
	var decode *DecodeError
	switch {
	case errors.As(err, &rule):
		return &ProtocolError{Frame: info, Reason: string(rule)}
	case errors.As(err, &decode):
		return &ProtocolError{Frame: info, Err: decode}
	}
	return err
}

// onConnectionClose says why the server does not go on.
func (h *handshake) onConnectionClose(d *decoder) error {
	var m ConnectionClose
	m.decode(d)
	if err := d.end(); err != nil {
		return err
	}
	h.send(ConnectionCloseOK{}) // the server's word counts, whether it hears this or not
	return &ServerError{Scope: ScopeConnection, Code: m.ReplyCode, Text: m.ReplyText, Method: MethodID{m.ClassID, m.MethodID}}
}

func handshakeFailed(err error) error { return &TransportError{Stage: "handshake", Err: err} }
