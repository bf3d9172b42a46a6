package client

import (
	"errors"
	"net"
	"strings"
	"testing"
)

// redirecting listens, and answers each connection.open with what next gives,
// whose sender then waits for the client to hang up; nil opens.
func redirecting(t *testing.T, next func(ConnectionOpen) *ConnectionRedirect) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			go answerOpen(&peer{t, nc}, next)
		}
	}()
	return l.Addr().String()
}

func answerOpen(p *peer, next func(ConnectionOpen) *ConnectionRedirect) {
	defer p.nc.Close()
	var header [8]byte
	if _, err := p.nc.Read(header[:]); err != nil {
		return
	}
	p.send(0, &ConnectionStart{VersionMajor: 8, Mechanisms: "PLAIN", Locales: "en_US"})
	expect[ConnectionStartOK](p, 0)
	p.send(0, &ConnectionTune{})
	expect[ConnectionTuneOK](p, 0)
	if m := next(expect[ConnectionOpen](p, 0)); m != nil {
		p.send(0, m)
		if n, err := p.nc.Read(header[:]); err == nil {
			p.t.Errorf("the client says %d octets more after a redirect", n)
		}
		return
	}
	p.send(0, &ConnectionOpenOK{})
	p.closeConnection()
}

// TestRedirect follows a redirect to the same virtual host elsewhere.
func TestRedirect(t *testing.T) {
	home := redirecting(t, func(m ConnectionOpen) *ConnectionRedirect {
		if m.VirtualHost != "here" {
			t.Errorf("virtual host %q", m.VirtualHost)
		}
		return nil
	})
	first := redirecting(t, func(ConnectionOpen) *ConnectionRedirect { return &ConnectionRedirect{Host: home} })
	conn, err := Dial(t.Context(), "amqp://"+first+"/here", nil)
	if err != nil {
		t.Fatal(err)
	}
	if conn.RemoteAddr().String() != home {
		t.Errorf("connected to %v instead of %s", conn.RemoteAddr(), home)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	checkLeaks(t)
}

// TestRedirectsInCircles refuses to be sent back, on for ever, or nowhere.
func TestRedirectsInCircles(t *testing.T) {
	var there string
	here := redirecting(t, func(ConnectionOpen) *ConnectionRedirect { return &ConnectionRedirect{Host: there} })
	there = redirecting(t, func(ConnectionOpen) *ConnectionRedirect { return &ConnectionRedirect{Host: here} })
	on := 0
	var addresses []string
	forever := func(ConnectionOpen) *ConnectionRedirect {
		on++
		return &ConnectionRedirect{Host: addresses[on]}
	}
	for range mostRedirects + 2 {
		addresses = append(addresses, redirecting(t, forever))
	}
	nowhere := redirecting(t, func(ConnectionOpen) *ConnectionRedirect { return &ConnectionRedirect{} })
	for _, first := range []string{here, addresses[0], nowhere} {
		_, err := Dial(t.Context(), "amqp://"+first+"/", nil)
		var protocol *ProtocolError
		if !errors.As(err, &protocol) || first == here && !strings.Contains(err.Error(), there) {
			t.Errorf("%v", err)
		}
	}
	checkLeaks(t)
}

// TestRedirectTooEarly refuses to be sent on before it has asked for anything.
func TestRedirectTooEarly(t *testing.T) {
	err := dialScript(t, "amqp://h", &Config{}, func(p *peer) { p.send(0, &ConnectionRedirect{Host: "other"}) })
	if !isA[*ProtocolError](err) || !strings.Contains(err.Error(), "connection.open is still to be sent") {
		t.Errorf("got %v", err)
	}
}

// TestTargetAt names addresses as servers do.
func TestTargetAt(t *testing.T) {
	from := &target{host: "a", port: "5672", user: "u", vhost: "v"}
	for host, want := range map[string]string{"b": "b:5672", "b:1": "b:1", "[::1]:2": "[::1]:2", "[::1]": "[::1]:5672", "::1": "[::1]:5672"} {
		if got := from.at(host); got.address() != want || got.user != "u" || got.vhost != "v" {
			t.Errorf("%s: %s, wanted %s", host, got.address(), want)
		}
	}
}
