package client

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"
)

// Config is what [Dial] can be told beyond the URI. The zero Config, and nil,
// mean the defaults. Dial copies it.
type Config struct {
	// TLS is used for amqps. Nil means: the server's name from the URI, the
	// system's roots. Less than TLS 1.2 is never spoken.
	TLS *tls.Config

	// Mechanism is the SASL mechanism, PLAIN or AMQPLAIN. Empty means the first
	// of the two that the server offers.
	Mechanism string

	// Locale defaults to en_US.
	Locale string

	// Properties are the client properties that the server shows to its
	// operators. The zero Table means product, platform and the capabilities of
	// this package; another one is sent as it is.
	Properties Table

	// Heartbeat is the interval at which both sides prove to be alive. The
	// smaller of the server's and this one counts, in whole seconds. 0 means 30 s;
	// below zero there are none.
	Heartbeat time.Duration

	// ChannelMax and FrameMax bound the number of channels and the octets of a
	// frame. The smaller of the server's and this one counts. 0 means the server's.
	ChannelMax uint16
	FrameMax   uint32

	// MaxMessage bounds the octets of a message that is received; a larger one
	// closes its channel. 0 means 64 MiB.
	MaxMessage int

	// ProtocolHeader is what is sent first. The zero value means the
	// specification's; some servers want another one for the same version.
	ProtocolHeader [8]byte

	// Dialer opens the network connection. Nil means net.Dialer with its
	// defaults.
	Dialer func(ctx context.Context, network, address string) (net.Conn, error)
}

const (
	defaultHeartbeat  = 30 * time.Second
	defaultMaxMessage = 64 << 20
	defaultLocale     = "en_US"
	dialWait          = 30 * time.Second // if the context sets no bound
)

// withDefaults returns a copy of c with what it leaves open filled in.
func (c *Config) withDefaults() Config {
	var out Config
	if c != nil {
		out = *c
	}
	if out.Locale == "" {
		out.Locale = defaultLocale
	}
	if out.Heartbeat == 0 {
		out.Heartbeat = defaultHeartbeat
	}
	if out.MaxMessage == 0 {
		out.MaxMessage = defaultMaxMessage
	}
	if out.ProtocolHeader == [8]byte{} {
		out.ProtocolHeader = protocolHeader
	}
	if out.Dialer == nil {
		out.Dialer = new(net.Dialer).DialContext
	}
	return out
}

// Dial connects to a server:
//
//	amqp://user:password@host:port/virtual-host
//	amqps://user:password@host:port/virtual-host
//
// A URI without user and password means guest and guest. The port defaults to
// 5672, or 5671 for amqps, and the virtual host to "/". Each part may be percent-encoded; the virtual host
// "/" is written %2f, or left out. The query may hold heartbeat (seconds, 0 for
// none), channel_max and frame_max, which take the place of the config's.
//
// ctx bounds the whole of it: name look-up, connection, TLS and handshake. If
// it has no deadline, 30 seconds do.
func Dial(ctx context.Context, uri string, config *Config) (*Connection, error) {
	conn, err := dial(ctx, uri, config.withDefaults())
	if err != nil {
		return nil, &OpError{Op: "dial", Err: err}
	}
	return conn, nil
}

func dial(ctx context.Context, uri string, config Config) (*Connection, error) {
	target, err := parseURI(uri, &config)
	if err != nil {
		return nil, err
	}
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, dialWait)
		defer cancel()
	}
	conn := &Connection{
		config:   config,
		channels: make([]*Channel, 1),
		closing:  make(chan struct{}),
		wrecked:  make(chan struct{}),
		done:     make(chan struct{}),
	}
	h := &handshake{ctx: ctx, conn: conn, target: target}
	if err := h.run(); err != nil {
		h.hangUp()
		if transport := (*TransportError)(nil); ctx.Err() != nil && errors.As(err, &transport) {
			transport.Err = context.Cause(ctx)
		}
		return nil, err
	}
	if !h.unwatch() {
		h.hangUp()
		return nil, &TransportError{Stage: "handshake", Err: context.Cause(ctx)}
	}
	conn.serve(h.nc)
	return conn, nil
}

// serve begins to read and write.
func (c *Connection) serve(nc net.Conn) {
	c.nc = nc
	c.w = newWriter(nc)
	if c.frameMax > 0 {
		c.w.frameMax = c.frameMax
	}
	c.r = newReader(c, nc)
	go c.run()
}

// cut closes a network connection at once. TLS would take up to five seconds
// to say goodbye to a peer that does not read.
func cut(nc net.Conn) {
	if secure, ok := nc.(*tls.Conn); ok {
		nc = secure.NetConn()
	}
	nc.Close()
}

// watch breaks off what goes on over nc when ctx ends. The function that it
// returns ends the watch, and reports whether it came in time.
func watch(ctx context.Context, nc net.Conn) func() bool {
	return context.AfterFunc(ctx, func() { nc.SetDeadline(time.Unix(1, 0)) })
}
