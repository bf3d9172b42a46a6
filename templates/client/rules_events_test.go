package client

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestR8_NothingIsLeftUnread: programs deadlocked when a connection dropped, since
// the client held a lock while it told somebody who did not listen.
func TestR8_NothingIsLeftUnread(t *testing.T) {
	heard, deaf, listening := make(chan struct{}, 3), make(chan struct{}), make(chan struct{})
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.published(1)
		for range 3 {
			p.write(appendContent(t, nil, 1, &BasicReturn{ReplyCode: 312}, &BasicProperties{}, nil))
		}
		<-listening
		p.nc.Close()
	})
	defer close(deaf)
	ch := openOn(t, conn, &ChannelEvents{OnReturn: func(Return) {
		heard <- struct{}{}
		<-deaf
	}})
	if err := ch.Publish(t.Context(), "", "k", Message{}, &PublishOptions{Mandatory: true}); err != nil {
		t.Fatal(err)
	}
	<-heard
	close(listening)
	inTime(t, "the end", time.Second, func() {
		<-conn.Done()
		for name, err := range map[string]error{
			"connection": conn.Err(), "channel": ch.Err(), "publish": ch.Publish(t.Context(), "", "k", Message{}, nil),
		} {
			if !isA[*TransportError](err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := errors.Join(ch.Close(), conn.Close()); err != nil {
			t.Error(err)
		}
	})
}

// TestR8_OneListenerForTwoChannels: what was registered for two channels was closed
// twice, or told something after it was closed, and the program panicked.
func TestR8_OneListenerForTwoChannels(t *testing.T) {
	back := func(channel uint16) []byte {
		return appendContent(t, nil, channel, &BasicReturn{ReplyCode: 312}, &BasicProperties{}, nil)
	}
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.openChannel(2)
		expect[BasicPublish](p, 1)
		p.write(back(1))
		expect[BasicPublish](p, 2)
		expect[ChannelClose](p, 1)
		p.write(back(1)) // nobody is there any more
		p.send(1, &ChannelCloseOK{})
		p.write(back(2))
		p.closeConnection()
	})
	heard := make(chan Return, 3)
	events := &ChannelEvents{OnReturn: func(r Return) { heard <- r }}
	one, two := openOn(t, conn, events), openOn(t, conn, events)
	for _, ch := range []*Channel{one, two} {
		if err := ch.Publish(t.Context(), "", "k", Message{}, &PublishOptions{Mandatory: true}); err != nil {
			t.Error(err)
		}
	}
	<-heard
	for range 2 {
		if err := one.Close(); err != nil {
			t.Error(err)
		}
	}
	<-heard
	if err := errors.Join(conn.Close(), two.Close()); err != nil {
		t.Error(err)
	}
	if len(heard) > 0 {
		t.Error("a closed channel tells of a message")
	}
}

// TestR8_PausesEndOnEachConnection: publishers stayed paused after the server had
// memory again, since a listener of an earlier connection had been left unread.
func TestR8_PausesEndOnEachConnection(t *testing.T) {
	took := make(chan struct{})
	pausing := func(p *peer) {
		p.send(0, &ConnectionBlocked{Reason: "low on memory"})
		p.openChannel(1)
		p.send(0, &ConnectionUnblocked{})
		p.published(1)
		took <- struct{}{}
	}
	h := newHost(t, pausing, pausing, pausing)
	deaf := make(chan struct{})
	config := &Config{Heartbeat: -1, Hooks: Hooks{Blocked: func(*Connection, string) { <-deaf }}}
	k, err := Keep(t.Context(), "amqp://"+h.l.Addr().String(), config, &KeeperOptions{FirstDelay: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	defer close(deaf)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	ch := k.Channel(nil, nil)
	for range 3 {
		if err := ch.Publish(ctx, "", "k", Message{}, nil); err != nil {
			t.Fatal(err)
		}
		current := ch.current
		<-took
		<-current.Done()
	}
}

// TestR12_ConfigStaysTheSame: the next login was made of whatever the program's
// config held by then, or of the URI alone.
func TestR12_ConfigStaysTheSame(t *testing.T) {
	logins, up, hangUp := make(chan string, 2), make(chan struct{}, 2), make(chan bool, 2)
	servers := &cluster{t: t, scripts: map[string]func(*peer){"good": func(p *peer) {
		p.send(0, &ConnectionStart{Mechanisms: "EXTERNAL PLAIN"})
		m := expect[ConnectionStartOK](p, 0)
		p.send(0, &ConnectionTune{})
		expect[ConnectionTuneOK](p, 0)
		logins <- m.Mechanism + m.Response + expect[ConnectionOpen](p, 0).VirtualHost
		p.send(0, &ConnectionOpenOK{})
		if !<-hangUp {
			p.closeConnection()
		}
	}}}
	config := &Config{Addresses: []string{"good"}, Mechanisms: []Mechanism{External{}}, Dialer: servers.dial, Heartbeat: -1}
	k, err := Keep(t.Context(), "amqp://u:p@unused/v", config, &KeeperOptions{FirstDelay: time.Millisecond, OnState: func(s KeeperState) {
		if s.Up {
			up <- struct{}{}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer servers.playing.Wait()
	defer k.Close()
	config.Addresses[0], config.Mechanisms[0], config.Dialer = "refuses", Plain{}, nil
	for _, first := range []bool{true, false} {
		select {
		case <-up:
		case <-time.After(5 * time.Second):
			t.Fatal("no connection:", k.State().Err)
		}
		if login := <-logins; login != "EXTERNALv" {
			t.Errorf("logged in with %q", login)
		}
		hangUp <- first
	}
}
