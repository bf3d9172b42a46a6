package client

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestR7_Problems has a program tell by one value what is wrong, whichever broker
// it is, and people read what to try. The trouble that it prevents: whatever went
// wrong at login was called a wrong password.
func TestR7_Problems(t *testing.T) {
	for _, c := range []struct {
		name, scheme string
		script       func(*peer)
		stage        string
		problem      Problem
		says         string
	}{
		{"HTTP", "amqp", clusterScripts["http"], "start", ProblemNotAMQP, "5672 as a rule"},
		{"a mail server", "amqp", func(p *peer) { p.write([]byte("220 mail ready\r\n")) }, "start", ProblemNotAMQP, `"220 mail ready`},
		{"silence", "amqp", clusterScripts["mute"], "start", ProblemSilence, "waiting for connection.start: context deadline exceeded; is this the port"},
		{"hangs up", "amqp", func(*peer) {}, "start", ProblemHangUp, "without TLS?"},
		{"TLS wanted", "amqp", func(p *peer) { p.write([]byte{0x15, 3, 3, 0, 2, 2, 70}) }, "start", ProblemTLSWanted, "try amqps://"},
		{"TLS missing", "amqps", func(p *peer) { go io.Copy(io.Discard, p.nc); clusterScripts["other"](p) }, "tls", ProblemTLSMissing, "try amqp://"},
		{"silence at TLS", "amqps", clusterScripts["mute"], "tls", ProblemSilence, "tls: context deadline exceeded"},
		{"0-9-1", "amqp", clusterScripts["other"], "start", ProblemVersion, "it offers 0-9-1; generate"},
		{"1.0", "amqp", func(p *peer) { p.write([]byte("AMQP\x00\x01\x00\x00")) }, "start", ProblemVersion, "it offers 1.0; generate"},
		{"a version of tomorrow", "amqp", func(p *peer) { p.write([]byte("AMQP\x09\x09\x09\x09")) }, "start", ProblemVersion, `header "AMQP\t\t\t\t"`},
		{"half a header", "amqp", func(p *peer) { p.write([]byte("AMQP")) }, "start", ProblemNotAMQP, `"AMQP"`},
		{"no mechanism", "amqp", func(p *peer) { p.send(0, &ConnectionStart{Mechanisms: "MAGIC"}) }, "login", ProblemMechanism, "Config.Mechanisms"},
		{"credentials", "amqp", refusing("login", ReplyAccessRefused), "login", ProblemCredentials, "login: the server closed the connection: 403 no; look at user"},
		{"credentials, Qpid", "amqp", refusing("login", ReplyNotAllowed), "login", ProblemCredentials, "530 no; look at user"},
		{"credentials, no word", "amqp", func(p *peer) {
			p.send(0, &ConnectionStart{Mechanisms: "PLAIN"})
			expect[ConnectionStartOK](p, 0)
			time.Sleep(3 * time.Second)
		}, "login", ProblemHangUp, "without a word"},
		{"stopping", "amqp", refusing("login", 320), "login", 0, "320 no"},
		{"virtual host", "amqp", refusing("open", ReplyNotAllowed), "open", ProblemVirtualHost, "530 no; look at the name of the virtual host"},
		{"virtual host, Qpid", "amqp", refusing("open", ReplyNotFound), "open", ProblemVirtualHost, "404 no; look at the name"},
		{"limits, no word", "amqp", func(p *peer) {
			p.send(0, &ConnectionStart{Mechanisms: "PLAIN"})
			expect[ConnectionStartOK](p, 0)
			p.send(0, &ConnectionTune{})
			expect[ConnectionTuneOK](p, 0)
			expect[ConnectionOpen](p, 0)
		}, "open", ProblemHangUp, "log may say more"},
		{"out of turn", "amqp", func(p *peer) { p.send(0, &ConnectionTune{}) }, "start", 0, "where connection.start is due"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				servers := &cluster{t: t, scripts: map[string]func(*peer){"h": c.script}}
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				_, err := Dial(ctx, c.scheme+"://u:geheim@h/v", &Config{Dialer: servers.dial})
				servers.playing.Wait()
				var at *AddressError
				if !errors.As(err, &at) || at.Stage != c.stage || at.Problem != c.problem || !strings.HasPrefix(at.Address, "h:567") {
					t.Fatalf("got %+v: %v", at, err)
				}
				if text := err.Error(); !strings.Contains(text, c.says) || strings.Contains(text, "geheim") || !strings.Contains(text, at.Address) {
					t.Errorf("it says %q, want %q", text, c.says)
				}
				if c.problem != 0 && !errors.Is(err, c.problem) {
					t.Errorf("errors.Is does not find %v", c.problem)
				}
			})
		})
	}
}

// TestProblemsHaveWords has a name for each problem, and what to try.
func TestProblemsHaveWords(t *testing.T) {
	for p := ProblemNetwork; p <= ProblemVirtualHost; p++ {
		if problems[p].name == "" || problems[p].try == "" || p.Error() != problems[p].name {
			t.Errorf("problem %d: %q, %q", p, p.Error(), problems[p].try)
		}
	}
	if Problem(0).Error() == "" || Problem(200).Error() == "" {
		t.Error("a problem without a number has no name")
	}
}

// TestNetworkFails tells what package net says, and looks no further.
func TestNetworkFails(t *testing.T) {
	own := &net.DNSError{Err: "no such host", Name: "h", IsNotFound: true}
	_, err := Dial(t.Context(), "amqp://h", &Config{Dialer: func(context.Context, string, string) (net.Conn, error) { return nil, own }})
	if !isA[*net.DNSError](err) || !errors.Is(err, ProblemNetwork) || err.Error() != "dial: h:5672: dial: lookup h: no such host; is a server there?" {
		t.Errorf("got %v", err)
	}
}

// TestGivenUp cancels a dial: that is no problem of the network's.
func TestGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(io.ErrNoProgress)
	_, err := Dial(ctx, "amqp://127.0.0.1:1", nil)
	if !errors.Is(err, io.ErrNoProgress) || errors.Is(err, ProblemNetwork) || strings.Contains(err.Error(), "?") {
		t.Errorf("got %v", err)
	}
}
