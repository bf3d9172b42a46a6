package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// silences are what a server does before it falls silent in the handshake.
var silences = []struct {
	name string
	play func(p *peer)
}{
	{"reads nothing", nil},
	{"no start", func(p *peer) { io.ReadFull(p.nc, make([]byte, 8)) }},
	{"no tune", func(p *peer) {
		io.ReadFull(p.nc, make([]byte, 8))
		p.send(0, &ConnectionStart{VersionMajor: 8, Mechanisms: "PLAIN", Locales: "en_US"})
		expect[ConnectionStartOK](p, 0)
	}},
	{"no open-ok", func(p *peer) {
		io.ReadFull(p.nc, make([]byte, 8))
		p.send(0, &ConnectionStart{VersionMajor: 8, Mechanisms: "PLAIN", Locales: "en_US"})
		expect[ConnectionStartOK](p, 0)
		p.send(0, &serverTune)
		expect[ConnectionTuneOK](p, 0)
		expect[ConnectionOpen](p, 0)
	}},
	{"half a frame", func(p *peer) {
		io.ReadFull(p.nc, make([]byte, 8))
		p.write([]byte{byte(FrameMethod), 0, 0, 0, 0, 1})
	}},
}

// TestR4_DialReturnsInTime has the server fall silent at each stage of connecting.
// The trouble that it prevents: connecting went on after its context had ended.
func TestR4_DialReturnsInTime(t *testing.T) {
	for _, silence := range silences {
		for _, scheme := range []string{"amqp", "amqps"} {
			if scheme == "amqps" && silence.play != nil {
				continue // no handshake of TLS, nothing after it
			}
			t.Run(fmt.Sprintf("%s/%s", scheme, silence.name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { dialSilent(t, scheme, silence.play, virtualTime) })
				dialSilent(t, scheme, silence.play, realTime)
			})
		}
	}
	checkLeaks(t)
}

func dialSilent(t *testing.T, scheme string, play func(*peer), b bounds) {
	t.Helper()
	client, server := b.pair(t)
	over := make(chan struct{})
	go func() {
		defer close(over)
		if play != nil {
			play(&peer{t, server})
		}
	}()
	config := &Config{
		TLS:    &tls.Config{ServerName: "peer"},
		Dialer: func(context.Context, string, string) (net.Conn, error) { return client, nil },
	}
	ctx, cancel := context.WithTimeout(t.Context(), b.patience)
	defer cancel()
	start := time.Now()
	_, err := Dial(ctx, scheme+"://peer/", config)
	late := time.Since(start) - b.patience
	if !errors.Is(err, context.DeadlineExceeded) || late > b.grace {
		t.Errorf("returned %v after its context's end: %v", late, err)
	}
	server.Close()
	<-over
}
