package client

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
	"time"
)

// Config is what [Dial] can be told beyond the URI. The zero Config, and nil,
// mean the defaults. Dial copies it.
type Config struct {
	// Addresses are tried in their order, instead of the URI's host, until a
	// server takes the connection. An address is a host, such as
	// "broker.example.org" or "::1", with the URI's port, a host and port, such as
	// "[::1]:5672", or the socket "unix:/path".
	Addresses []string

	// Resolve, if set, is asked for the addresses at each Dial, instead of
	// Addresses. It is to heed ctx.
	Resolve func(ctx context.Context) ([]string, error)

	// Shuffle tries the addresses in another order at each Dial.
	Shuffle bool

	// ConnectTimeout bounds how long each address may take to let the network
	// connection come about, TLS not included. 0 means: its share of Dial's time.
	ConnectTimeout time.Duration

	// Dialer opens the network connection; network is tcp or unix. Nil means
	// net.Dialer with its defaults.
	Dialer func(ctx context.Context, network, address string) (net.Conn, error)

	// TLS is used for amqps. Nil means: the server's name is the address's host,
	// the roots are the system's. Less than TLS 1.2 is never spoken.
	TLS *tls.Config

	// Mechanisms are the SASL mechanisms to log in with. The first of them that
	// the server offers is taken. Nil means [Plain] and [AMQPlain].
	Mechanisms []Mechanism

	// Credentials, if set, is asked for user and password at each Dial, instead of
	// the URI, as for tokens that expire. It is to heed ctx.
	Credentials func(ctx context.Context) (user, password string, err error)

	// Name is what operators see the connection as: the client property
	// connection_name.
	Name string

	// Properties are the client properties that the server shows to its
	// operators. The zero Table means product, platform and the capabilities of
	// this package; another one is sent as it is, with Name if it has none.
	Properties Table

	// Locale defaults to en_US.
	Locale string

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

	// TolerateUnknown skips methods that the specification does not have, with
	// their content, instead of ending the connection over them.
	TolerateUnknown bool

	// ProtocolHeader is what is sent first. The zero value means the
	// specification's; some servers want another one for the same version.
	ProtocolHeader [8]byte

	// Logger hears of what happens to connections and channels: their beginning
	// and end, and what the server does of its own accord. No secret is among it. A
	// [*log/slog.Logger] will do.
	// Nil means silence; a pointer that is nil is called, and a nil *slog.Logger
	// panics then.
	Logger Logger

	// Hooks are called around what the program does with the connection.
	Hooks Hooks
}

const (
	defaultHeartbeat  = 30 * time.Second
	defaultMaxMessage = 64 << 20
	defaultLocale     = "en_US"
)

// withDefaults returns a copy of c with what it leaves open filled in.
func (c *Config) withDefaults() Config {
	var out Config
	if c != nil {
		out = *c
	}
	out.Addresses, out.Mechanisms, out.TLS = slices.Clone(out.Addresses), slices.Clone(out.Mechanisms), out.TLS.Clone()
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
	if out.Mechanisms == nil {
		out.Mechanisms = []Mechanism{Plain{}, AMQPlain{}}
	}
	return out
}
