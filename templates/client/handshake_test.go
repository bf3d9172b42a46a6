package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
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
			config: Config{Mechanism: "PLAIN", Locale: "xx", ChannelMax: 10, FrameMax: 5000, Heartbeat: 90 * time.Second},
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

// TestHandshakeFails has servers that do not go along. Each failure has its
// type, and none tells the password.
func TestHandshakeFails(t *testing.T) {
	start := &ConnectionStart{Mechanisms: "PLAIN"}
	for name, c := range map[string]struct {
		server func(p *peer)
		config Config
		want   func(error) bool
		says   string
	}{
		"another version": {
			server: func(p *peer) { p.write([]byte("AMQP\x00\x00\x09\x01")) },
			want:   isA[*ProtocolError], says: `does not speak AMQP 0-8; it offers the protocol header "AMQP\x00\x00\t\x01"`,
		},
		"no AMQP": {
			server: func(p *peer) { p.write([]byte("HTTP/1.1 400 Bad Request\r\n")) },
			want:   isA[*ProtocolError], says: "does not seem to speak AMQP",
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
			config: Config{Mechanism: "AMQPLAIN"},
			want:   isA[*TransportError], says: "not AMQPLAIN",
		},
		"unknown mechanism": {
			server: func(p *peer) { p.send(0, &ConnectionStart{Mechanisms: "MAGIC"}) },
			config: Config{Mechanism: "MAGIC"},
			want:   isA[*UsageError], says: "this package has PLAIN and AMQPLAIN",
		},
		"large properties": {
			server: func(p *peer) { p.send(0, start) },
			config: Config{Properties: NewTable(Entry{"k", strings.Repeat("x", 5000)})},
			want:   isA[*UsageError], says: "at most 4096",
		},
		"small frames": {
			server: func(p *peer) {
				p.send(0, start)
				expect[ConnectionStartOK](p, 0)
				p.send(0, &ConnectionTune{FrameMax: 100})
			},
			want: isA[*UsageError], says: "the least is 4096",
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
			client, server := tcpPair(t)
			done := make(chan struct{})
			defer func() { <-done }()
			go func() {
				defer close(done)
				defer server.Close()
				var header [8]byte
				server.Read(header[:])
				c.server(&peer{t, server})
			}()
			c.config.Dialer = func(context.Context, string, string) (net.Conn, error) { return client, nil }
			_, err := Dial(t.Context(), "amqp://user:geheim@peer/v", &c.config)
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

func TestURI(t *testing.T) {
	for uri, want := range map[string]target{
		"amqp://":                        {host: "localhost", port: "5672", user: "guest", password: "guest", vhost: "/"},
		"amqp://h/":                      {host: "h", port: "5672", user: "guest", password: "guest", vhost: "/"},
		"amqp://h/%2f":                   {host: "h", port: "5672", user: "guest", password: "guest", vhost: "/"},
		"amqps://u@[::1]:99/%2fa%20b":    {tls: true, host: "::1", port: "99", user: "u", vhost: "/a b"},
		"amqps://%3a:%40@example.org/v1": {tls: true, host: "example.org", port: "5671", user: ":", password: "@", vhost: "v1"},
	} {
		got, err := parseURI(uri, &Config{})
		if err != nil || *got != want {
			t.Errorf("%s: %+v, %v", uri, got, err)
		}
	}
	for _, uri := range []string{
		"", "http://geheim@h", "localhost:5672", "amqp:geheim", "amqp://u:geheim@h:port/", "amqp://u:geheim%@h/", "amqp://u:%zzgeheim@h/",
		"amqp://u:geheim@h/a/b", "amqp://u:geheim@h/#x", "amqp://u:geheim@h/?color=1", "amqp://u:geheim@h/?heartbeat=x",
		"amqp://u:geheim@h/?channel_max=70000", "amqp://u:geheim@h/" + strings.Repeat("v", 256), "amqp://u:ge heim@h/",
		"amqp://u:geheim/x@h/", "amqp://u:geheim#x@h/", "amqp://u:geheim?x@h/", "amqp://u:12?geheim@h/",
	} {
		_, err := Dial(t.Context(), uri, nil)
		if !isA[*UsageError](err) || strings.Contains(fmt.Sprintf("%v %+v", err, err), "geheim") {
			t.Errorf("%s: got %v", uri, err)
		}
	}
}

func TestTLSConfig(t *testing.T) {
	given := &tls.Config{MinVersion: tls.VersionTLS10}
	got := (&target{host: "example.org"}).tlsConfig(given)
	if got.ServerName != "example.org" || got.MinVersion != tls.VersionTLS12 || got.InsecureSkipVerify {
		t.Errorf("%v", got)
	}
	if given.ServerName != "" || given.MinVersion != tls.VersionTLS10 {
		t.Error("the program's own was changed")
	}
}
