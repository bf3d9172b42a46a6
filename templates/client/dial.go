package client

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"
)

// dialWait bounds a Dial whose context does not.
const dialWait = 30 * time.Second

// Dial connects to a server:
//
//	amqp://user:password@host:port/virtual-host
//	amqps://user:password@host:port/virtual-host
//	amqp+unix://user:password@/path/to/socket?vhost=virtual-host
//
// A URI without user and password means guest and guest. The port defaults to
// 5672, or 5671 for amqps, and the virtual host to "/". Each part may be percent-encoded; the virtual host
// "/" is written %2f, or left out. The query may hold these parameters, which
// take the place of the config's:
//
//	heartbeat               seconds, 0 for none
//	channel_max, frame_max  limits, 0 for the server's
//	connection_timeout      milliseconds, for Config.ConnectTimeout
//	auth_mechanism          by name; may come several times
//	connection_name         for Config.Name
//	locale                  for Config.Locale
//	cacertfile              amqps: the authorities that may sign the server's certificate
//	certfile, keyfile       amqps: the client's certificate and key
//	verify                  amqps: verify_peer, or verify_none to trust any server
//	server_name_indication  amqps: the server's name
//
// Files are in PEM, and read at each Dial.
//
// Where there are several addresses, each gets a fair share of the time that
// is left. What all would answer alike, such as wrong credentials, ends the
// tries. What went wrong at an address is an [*AddressError]; errors.Is and
// errors.As find what is in each.
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
	aim, err := parseURI(uri, &config)
	if err != nil {
		return nil, err
	}
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, dialWait)
		defer cancel()
	}
	if err := aim.logInAs(ctx, &config); err != nil {
		return nil, err
	}
	if err := aim.security.load(config.TLS); err != nil {
		return nil, err
	}
	targets, err := aim.targets(ctx, &config)
	if err != nil {
		return nil, err
	}
	return dialAny(ctx, targets, config)
}

// logInAs asks the program for the credentials, if it has a function for them.
func (t *target) logInAs(ctx context.Context, config *Config) error {
	if config.Credentials == nil {
		return nil
	}
	var err error
	if t.user, t.password, err = config.Credentials(ctx); err != nil {
		return fmt.Errorf("asking for credentials: %w", err)
	}
	return nil
}

// dialAny tries the targets in their order.
func dialAny(ctx context.Context, targets []*target, config Config) (*Connection, error) {
	var failures addressErrors
	for i, t := range targets {
		conn, err := dialShare(ctx, len(targets)-i, t, config)
		if err == nil {
			return conn, nil
		}
		failure, atAddress := err.(*AddressError)
		if !atAddress {
			return nil, err
		}
		failures = append(failures, failure)
		if failure.final() || ctx.Err() != nil {
			break
		}
	}
	if len(failures) == 1 {
		return nil, failures[0]
	}
	return nil, failures
}

// dialShare gives a target its share of the time that is left.
func dialShare(ctx context.Context, shares int, t *target, config Config) (*Connection, error) {
	if shares > 1 {
		deadline, _ := ctx.Deadline()
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)/time.Duration(shares))
		defer cancel()
	}
	ctx, ended := hooked(ctx, config.Hooks.Connect, t.address())
	conn, err := dialTarget(ctx, t, config)
	ended(err)
	return conn, err
}

// dialTarget connects to one server, or to where it sends the client on.
func dialTarget(ctx context.Context, t *target, config Config) (*Connection, error) {
	conn := &Connection{
		config:   config,
		channels: make([]*Channel, 1),
		closing:  make(chan struct{}),
		wrecked:  make(chan struct{}),
		done:     make(chan struct{}),
	}
	h := &handshake{ctx: ctx, conn: conn, target: t}
	if err := h.run(); err != nil {
		h.hangUp()
		return nil, h.explain(err)
	}
	if !h.unwatch() {
		h.hangUp()
		return nil, h.explain(h.failed("handshake", context.Cause(ctx)))
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
	c.logConnected()
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
