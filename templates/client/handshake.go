package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
)

// handshake brings a connection from an address to where it may be used. It
// runs in the goroutine of Dial, one frame at a time.
type handshake struct {
	ctx     context.Context
	conn    *Connection
	target  *target
	tried   []string // addresses, the last one being that of nc
	nc      net.Conn
	unwatch func() bool    // lets ctx pass nc by again, and reports whether it had
	stage   string         // that it is in
	problem Problem        // if it has been recognised
	offered string         // mechanisms of the server
	limits  ConnectionTune // that the server proposes
}

// handshakeFrame is the largest frame before another limit is agreed on, with
// room for servers that say a lot about themselves.
const handshakeFrame = 1 << 20

// run does it all.
func (h *handshake) run() error {
	for _, stage := range []struct {
		name string
		do   func() error
	}{
		{"dial", h.dial},
		{"tls", h.secure},
		{"start", h.start},
		{"login", h.login},
		{"tune", h.tune},
		{"open", h.open},
	} {
		h.stage = stage.name
		if err := stage.do(); err != nil {
			return err
		}
	}
	return nil
}

// dial opens the network connection.
func (h *handshake) dial() error {
	config := &h.conn.config
	h.tried = append(h.tried, h.target.address())
	ctx := h.ctx
	if config.ConnectTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, config.ConnectTimeout)
		defer cancel()
	}
	network, address := h.target.endpoint()
	nc, err := config.Dialer(ctx, network, address)
	if err != nil {
		return h.failed("dial", err)
	}
	h.nc = nc
	return nil
}

// secure speaks TLS, if it is to be.
func (h *handshake) secure() error {
	if h.target.security.on {
		secure := tls.Client(h.nc, h.target.tlsConfig())
		if err := secure.HandshakeContext(h.ctx); err != nil {
			return h.failed("tls", err)
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

// start says which protocol this is, and hears what the server offers.
func (h *handshake) start() error {
	if _, err := h.nc.Write(h.conn.config.ProtocolHeader[:]); err != nil {
		return h.failed("handshake", err)
	}
	var start ConnectionStart
	if _, err := h.receive(&start); err != nil {
		return err
	}
	h.conn.properties = start.ServerProperties
	h.offered = start.Mechanisms
	return nil
}

// startOK begins to log in.
func (h *handshake) startOK(mechanism, response string) error {
	config := &h.conn.config
	properties := config.properties()
	largest := "Properties"
	if len(response) > len(properties.octets) {
		largest = "the response of " + mechanism
	}
	return h.sendLarge(largest, ConnectionStartOK{
		ClientProperties: properties,
		Mechanism:        mechanism,
		Response:         response,
		Locale:           config.Locale,
	})
}

// properties returns the client properties with the connection's name.
func (c *Config) properties() Table {
	properties := c.Properties
	if properties == (Table{}) {
		properties = clientProperties()
	}
	const name = "connection_name"
	if _, named := properties.Get(name); named || c.Name == "" || properties.err != nil {
		return properties
	}
	return Table{octets: properties.octets + NewTable(Entry{name, c.Name}).octets}
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

// open asks for the virtual host.
func (h *handshake) open() error {
	if err := h.send(ConnectionOpen{VirtualHost: h.target.vhost}); err != nil {
		return err
	}
	_, err := h.receive(&ConnectionOpenOK{})
	return err
}

// send writes one method on channel 0.
func (h *handshake) send(m request) error { return h.sendLarge(m.ID().String(), m) }

// sendLarge writes one method, of which largest is to blame if it is too large.
func (h *handshake) sendLarge(largest string, m request) error {
	payload, err := appendMethod(nil, m)
	if err != nil {
		return err
	}
	if size := len(payload) + frameOverhead; size > FrameMinSize {
		return &UsageError{Field: largest, Reason: fmt.Sprintf("would make a frame of %d octets; before the limits are agreed on the most is %d", size, FrameMinSize)}
	}
	frame, err := Frame{Type: FrameMethod, Payload: payload}.AppendBinary(nil)
	if err != nil {
		return err
	}
	if _, err := h.nc.Write(frame); err != nil {
		return h.failed("handshake", err)
	}
	return nil
}

// receive reads frames up to a method that is due, and returns which of those
// it is. The server may close instead, or send the client elsewhere: then, all
// has been done there, it is none.
func (h *handshake) receive(due ...decodable) (decodable, error) {
	for {
		frame, err := h.read(due[0].ID())
		if err != nil {
			return nil, err
		}
		switch {
		case frame.Type == FrameHeartbeat:
			continue
		case frame.Type != FrameMethod || frame.Channel != 0 || len(frame.Payload) < 4:
			return nil, &ProtocolError{Frame: FrameInfo{Type: frame.Type, Channel: frame.Channel}, Reason: "not expected in the handshake"}
		}
		id := methodIDOf(frame.Payload)
		for _, m := range due {
			if id == m.ID() {
				return m, badFrame(id, unmarshalMethod(frame.Payload, m))
			}
		}
		return nil, h.instead(id, frame.Payload, due[0].ID())
	}
}

// read reads a frame.
func (h *handshake) read(due MethodID) (Frame, error) {
	first, err := h.greet()
	if h.problem != 0 {
		return Frame{}, err
	}
	var frame Frame
	if err == nil {
		frame, err = ReadFrame(io.MultiReader(bytes.NewReader([]byte{first}), h.nc), handshakeFrame)
	}
	var decode *DecodeError
	switch {
	case errors.As(err, &decode):
		return Frame{}, &ProtocolError{Reason: "the server does not seem to speak AMQP: ", Err: decode}
	case err != nil:
		return Frame{}, h.failed("handshake", &waitError{due, err})
	}
	return frame, nil
}

// instead takes a method that comes where another is due: the server closes,
// or sends the client elsewhere.
func (h *handshake) instead(id MethodID, payload []byte, due MethodID) error {
	d := &decoder{size: len(payload), id: id}
	known, err := h.dispatch(id.key(), d.method(payload), d)
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
func (h *handshake) onConnectionClose(b []byte, d *decoder) error {
	var m ConnectionClose
	if err := d.end(m.decode(b, d)); err != nil {
		return err
	}
	h.send(ConnectionCloseOK{}) // the server's word counts, whether it hears this or not
	return &ServerError{Scope: ScopeConnection, Code: m.ReplyCode, Text: m.ReplyText, Method: MethodID{m.ClassID, m.MethodID}}
}

// failed says that the network fails. If it was ctx that broke it, that counts.
func (h *handshake) failed(stage string, err error) error {
	wait, waiting := err.(*waitError)
	switch {
	case h.ctx.Err() == nil:
	case waiting:
		wait.err = context.Cause(h.ctx)
	default:
		err = context.Cause(h.ctx)
	}
	if alert(err) != "" { // TLS 1.3 refuses a client only after its handshake
		stage = "tls"
	}
	return &TransportError{Stage: stage, Err: err}
}

// waitError says what was due.
type waitError struct {
	due MethodID
	err error
}

func (e *waitError) Error() string { return "waiting for " + e.due.String() + ": " + e.err.Error() }

func (e *waitError) Unwrap() error { return e.err }

// ruleBroken says how a method breaks the rules.
func ruleBroken(id MethodID, how string) error { return badFrame(id, ruleError(how)) }
