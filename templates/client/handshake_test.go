package client

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

// TestHandshake checks what this side says on the way to an open connection.
func TestHandshake(t *testing.T) {
	for name, c := range map[string]struct {
		uri    string
		config Config
		offers string
		tune   ConnectionTune
		start  string // of the response
		want   ConnectionStartOK
		agreed ConnectionTuneOK
		vhost  string
	}{
		"defaults": {
			uri: "amqp://h", offers: "AMQPLAIN PLAIN", tune: ConnectionTune{2047, 131072, 60},
			want: ConnectionStartOK{Mechanism: "PLAIN", Response: "\x00guest\x00guest", Locale: "en_US"}, agreed: ConnectionTuneOK{2047, 131072, 30}, vhost: "/",
		},
		"amqplain": {
			uri: "amqp://u:p@h/", offers: "AMQPLAIN", tune: ConnectionTune{0, 0, 0},
			want:   ConnectionStartOK{Mechanism: "AMQPLAIN", Response: "\x05LOGINS\x00\x00\x00\x01u\x08PASSWORDS\x00\x00\x00\x01p", Locale: "en_US"},
			agreed: ConnectionTuneOK{0, 0, 30}, vhost: "/",
		},
		"own wishes": {
			uri: "amqp://u%40x:p%2fw@h:1/%2fv", offers: "PLAIN AMQPLAIN", tune: ConnectionTune{2047, 131072, 60},
			config: Config{Mechanisms: []Mechanism{Plain{}}, Locale: "xx", ChannelMax: 10, FrameMax: 5000, Heartbeat: 90 * time.Second},
			want:   ConnectionStartOK{Mechanism: "PLAIN", Response: "\x00u@x\x00p/w", Locale: "xx"}, agreed: ConnectionTuneOK{10, 5000, 60}, vhost: "/v",
		},
		"query": {
			uri: "amqp://h/v?heartbeat=0&channel_max=3&frame_max=9000", offers: "PLAIN", tune: ConnectionTune{2047, 131072, 60},
			want: ConnectionStartOK{Mechanism: "PLAIN", Response: "\x00guest\x00guest", Locale: "en_US"}, agreed: ConnectionTuneOK{3, 9000, 0}, vhost: "v",
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := tcpPair(t)
			done := make(chan struct{})
			go func() {
				defer close(done)
				p := &peer{t, server}
				var header [8]byte
				server.Read(header[:])
				if header != protocolHeader {
					p.fatalf("header %q", header)
				}
				p.send(0, &ConnectionStart{Mechanisms: c.offers})
				got := expect[ConnectionStartOK](p, 0)
				if _, ok := got.ClientProperties.Get("capabilities"); !ok {
					p.fatalf("client properties %v", got.ClientProperties)
				}
				if got.ClientProperties = (Table{}); got != c.want {
					p.fatalf("got %#v %q", got.Mechanism, got.Response)
				}
				p.send(0, &c.tune)
				if got := expect[ConnectionTuneOK](p, 0); got != c.agreed {
					p.fatalf("agreed on %v", got)
				}
				if got := expect[ConnectionOpen](p, 0); got.VirtualHost != c.vhost {
					p.fatalf("got %v", got)
				}
				p.send(0, &ConnectionOpenOK{})
				p.closeConnection()
			}()
			c.config.Dialer = func(context.Context, string, string) (net.Conn, error) { return client, nil }
			conn, err := Dial(t.Context(), c.uri, &c.config)
			if err != nil {
				t.Fatal(err)
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
			<-done
		})
	}
}

// TestR7_HandshakeFails has servers that do not go along. Each failure has its
// type, and none tells the password. The trouble that it prevents: a failed
// handshake did not say where it had failed, or what the server had said.
func TestR7_HandshakeFails(t *testing.T) {
	start := &ConnectionStart{Mechanisms: "PLAIN"}
	for name, c := range map[string]struct {
		server func(p *peer)
		config Config
		want   func(error) bool
		says   string
	}{
		"another version": {
			server: func(p *peer) { p.write([]byte("AMQP\x00\x00\x09\x01")) },
			want:   isA[*VersionError], says: "start: the server does not speak AMQP 0-8; it offers 0-9-1; generate",
		},
		"no AMQP": {
			server: func(p *peer) { p.write([]byte("HTTP/1.1 400 Bad Request\r\n")) },
			want:   isA[*ProtocolError], says: `does not speak AMQP; it says "HTTP/1.1 400 Bad Request\r\n"; try the port for AMQP`,
		},
		"hangs up": {
			server: func(p *peer) {},
			want:   isA[*TransportError], says: "waiting for connection.start: EOF",
		},
		"hangs up after credentials": {
			server: func(p *peer) { p.send(0, start); expect[ConnectionStartOK](p, 0) },
			want:   isA[*TransportError], says: "waiting for connection.tune",
		},
		"wrong password": {
			server: func(p *peer) {
				p.send(0, start)
				expect[ConnectionStartOK](p, 0)
				p.send(0, &ConnectionClose{ReplyCode: ReplyAccessRefused, ReplyText: "ACCESS_REFUSED - no"})
				expect[ConnectionCloseOK](p, 0)
			},
			want: func(err error) bool { return isA[*ServerError](err) && errors.Is(err, ReplyAccessRefused) },
			says: "403 ACCESS_REFUSED - no",
		},
		"unknown virtual host": {
			server: func(p *peer) {
				p.send(0, start)
				expect[ConnectionStartOK](p, 0)
				p.send(0, &ConnectionTune{})
				expect[ConnectionTuneOK](p, 0)
				expect[ConnectionOpen](p, 0)
				p.send(0, &ConnectionClose{ReplyCode: ReplyNotAllowed, ReplyText: "vhost v not found", ClassID: 10, MethodID: 40})
				expect[ConnectionCloseOK](p, 0)
			},
			want: func(err error) bool { return errors.Is(err, ReplyNotAllowed) },
			says: "(at connection.open)",
		},
		"no mechanism": {
			server: func(p *peer) { p.send(0, &ConnectionStart{Mechanisms: "EXTERNAL"}) },
			want:   isA[*TransportError], says: `offers the mechanisms "EXTERNAL"`,
		},
		"another mechanism": {
			server: func(p *peer) { p.send(0, start) },
			config: Config{Mechanisms: []Mechanism{AMQPlain{}, External{}}},
			want:   isA[*TransportError], says: `offers the mechanisms "PLAIN", and not AMQPLAIN, EXTERNAL; look at Config.Mechanisms`,
		},
		"large properties": {
			server: func(p *peer) { p.send(0, start) },
			config: Config{Properties: NewTable(Entry{"k", strings.Repeat("x", 5000)})},
			want:   isA[*UsageError], says: "Properties would make a frame of 50",
		},
		"large response": {
			server: func(p *peer) { p.send(0, &ConnectionStart{Mechanisms: "SPEECHLESS"}) },
			config: Config{Mechanisms: []Mechanism{speechless{response: strings.Repeat("x", 4096)}}},
			want:   isA[*UsageError], says: "the response of SPEECHLESS would make a frame of",
		},
		"small frames": {
			server: func(p *peer) {
				p.send(0, start)
				expect[ConnectionStartOK](p, 0)
				p.send(0, &ConnectionTune{FrameMax: 100})
			},
			want: isA[*ProtocolError], says: "connection.tune on channel 0: offers frames of 100 octets; the least is 4096",
		},
		"small frames wanted": {
			server: func(p *peer) {
				p.send(0, start)
				expect[ConnectionStartOK](p, 0)
				p.send(0, &ConnectionTune{FrameMax: 5000})
			},
			config: Config{FrameMax: 100},
			want:   isA[*UsageError], says: "FrameMax comes to 100 octets; the least is 4096",
		},
		"out of turn": {
			server: func(p *peer) { p.send(0, &ConnectionTune{}) },
			want:   isA[*ProtocolError], says: "connection.tune on channel 0: comes where connection.start is due",
		},
		"damaged": {
			server: func(p *peer) { p.write([]byte("\x01\x00\x00\x00\x00\x00\x05\x00\x0a\x00\x0a\x08\xce")) },
			want:   func(err error) bool { return isA[*ProtocolError](err) && isA[*DecodeError](err) }, says: "truncated",
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := dialScript(t, "amqp://user:geheim@peer/v", &c.config, c.server)
			var op *OpError
			if err == nil || !c.want(err) || !errors.As(err, &op) || op.Op != "dial" || op.Sent != NotSent {
				t.Fatalf("got %#v: %v", err, err)
			}
			if text := err.Error(); !strings.Contains(text, c.says) || strings.Contains(text, "geheim") {
				t.Errorf("it says %q, want %q", text, c.says)
			}
		})
	}
}

func isA[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

// TestDialHonoursContext cancels a dial in each of its stages.
func TestDialHonoursContext(t *testing.T) {
	for name, c := range map[string]struct {
		uri    string
		dialer func(context.Context, string, string) (net.Conn, error)
	}{
		"dial": {"amqp://peer", func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }},
		"tls":  {"amqps://peer", func(context.Context, string, string) (net.Conn, error) { c, _ := net.Pipe(); return c, nil }},
		"handshake": {"amqp://peer", func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			go server.Read(make([]byte, 8))
			return client, nil
		}},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		_, err := Dial(ctx, c.uri, &Config{Dialer: c.dialer})
		var transport *TransportError
		if !errors.As(err, &transport) || transport.Stage != name || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	checkLeaks(t)
}

// dialScript dials a server that plays the script once it has the protocol
// header, and then hangs up, and closes the connection if there is one.
func dialScript(t *testing.T, uri string, config *Config, script func(p *peer)) error {
	t.Helper()
	client, server := tcpPair(t)
	done := make(chan struct{})
	defer func() { <-done }()
	go func() {
		defer close(done)
		defer server.Close()
		var header [8]byte
		server.Read(header[:])
		script(&peer{t, server})
	}()
	c := *config
	c.Dialer = func(context.Context, string, string) (net.Conn, error) { return client, nil }
	conn, err := Dial(t.Context(), uri, &c)
	if err != nil {
		return err
	}
	return conn.Close()
}

// TestClientProperties has the connection's name in them, the program's own
// properties included.
func TestClientProperties(t *testing.T) {
	own := NewTable(Entry{"product", "own"})
	named := NewTable(Entry{"connection_name", "older"})
	broken := NewTable(Entry{"x", struct{}{}})
	for _, c := range []struct {
		config Config
		want   Table
	}{
		{Config{}, clientProperties()},
		{Config{Properties: own}, own},
		{Config{Properties: own, Name: "n"}, NewTable(Entry{"product", "own"}, Entry{"connection_name", "n"})},
		{Config{Properties: named, Name: "n"}, named},
		{Config{Properties: broken, Name: "n"}, broken},
	} {
		if got := c.config.properties(); got != c.want {
			t.Errorf("got %v, want %v", got, c.want)
		}
	}
	if got, _ := (&Config{Name: "n"}).properties().Get("connection_name"); got != "n" {
		t.Errorf("beside the package's own properties the name is %v", got)
	}
}
