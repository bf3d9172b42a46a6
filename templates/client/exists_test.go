package client

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestR7_QueueExists asks for queues, and finds the number of the asking channel
// free for the next, whatever the server says. The trouble that it prevents: to
// ask for a queue that is not there cost the channel and all its consumers.
func TestR7_QueueExists(t *testing.T) {
	refused := func(code ReplyCode) Method {
		return &ChannelClose{ReplyCode: code, ReplyText: "no", ClassID: 50, MethodID: 10}
	}
	for name, c := range map[string]struct {
		answer Method
		queue  Queue
		exists bool
		err    error
	}{
		"there":   {&QueueDeclareOK{Queue: "q", MessageCount: 3, ConsumerCount: 1}, Queue{"q", 3, 1}, true, nil},
		"missing": {refused(ReplyNotFound), Queue{}, false, nil},
		"locked":  {refused(ReplyResourceLocked), Queue{Name: "q"}, true, nil},
		"refused": {refused(ReplyAccessRefused), Queue{}, false, ReplyAccessRefused},
	} {
		t.Run(name, func(t *testing.T) {
			conn := connect(t, nil, func(p *peer) {
				p.openChannel(1)
				askedAside(p, 2, QueueDeclare{Queue: "q", Passive: true}, c.answer)
				askedAside(p, 2, QueueDeclare{Queue: "q", Passive: true}, c.answer)
				p.closeConnection()
			})
			ch := openOn(t, conn, nil)
			for range 2 {
				q, exists, err := conn.QueueExists(t.Context(), "q")
				if q != c.queue || exists != c.exists || !errors.Is(err, c.err) {
					t.Errorf("got %+v, %v, %v", q, exists, err)
				}
				awaitFree(t, conn, 2)
			}
			if err := ch.Err(); err != nil {
				t.Errorf("the program's channel has ended: %v", err)
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestR7_ExchangeExists does likewise. The trouble that it prevents: to ask for an
// exchange that is not there cost the channel as well.
func TestR7_ExchangeExists(t *testing.T) {
	for name, c := range map[string]struct {
		answer Method
		exists bool
		err    error
	}{
		"there":   {&ExchangeDeclareOK{}, true, nil},
		"missing": {&ChannelClose{ReplyCode: ReplyNotFound}, false, nil},
		"refused": {&ChannelClose{ReplyCode: ReplyAccessRefused}, false, ReplyAccessRefused},
	} {
		t.Run(name, func(t *testing.T) {
			conn := connect(t, nil, func(p *peer) {
				askedAside(p, 1, ExchangeDeclare{Exchange: "x", Passive: true}, c.answer)
				p.closeConnection()
			})
			exists, err := conn.ExchangeExists(t.Context(), "x")
			if exists != c.exists || !errors.Is(err, c.err) {
				t.Errorf("got %v, %v", exists, err)
			}
			awaitFree(t, conn, 1)
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// askedAside answers a question that is asked on a channel of its own, and sees
// to it that the channel is closed.
func askedAside[M any, P methodOf[M]](p *peer, channel uint16, question M, answer Method) {
	p.t.Helper()
	p.openChannel(channel)
	m := expect[M, P](p, channel)
	if got, want := P(&m).String(), P(&question).String(); got != want {
		p.fatalf("%s where %s is due", got, want)
	}
	p.send(channel, answer)
	if answer.ID() == (ChannelClose{}).ID() {
		expect[ChannelCloseOK](p, channel)
		return
	}
	expect[ChannelClose](p, channel)
	p.send(channel, &ChannelCloseOK{})
}

// awaitFree waits until the number of a channel may be used again.
func awaitFree(t *testing.T, conn *Connection, id uint16) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); conn.lookup(id) != nil; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("channel %d is still in use", id)
		}
	}
}

// TestExistsFailures asks what has no answer: the error says why, and it is not
// that nothing is there.
func TestExistsFailures(t *testing.T) {
	t.Run("no name", func(t *testing.T) {
		conn := connect(t, nil, func(p *peer) { p.closeConnection() })
		if _, _, err := conn.QueueExists(t.Context(), ""); !isA[*UsageError](err) {
			t.Error(err)
		}
		conn.Close()
	})
	t.Run("the connection ends", func(t *testing.T) {
		conn := connect(t, nil, func(p *peer) {
			p.openChannel(1)
			p.next()
			p.send(0, &ConnectionClose{ReplyCode: ReplyNotFound})
			expect[ConnectionCloseOK](p, 0)
		})
		if _, exists, err := conn.QueueExists(t.Context(), "q"); exists || !errors.Is(err, ReplyNotFound) {
			t.Error(exists, err)
		}
	})
	t.Run("no answer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			conn := connectOver(t, pipePair, serverTune, nil, func(p *peer) {
				p.openChannel(1)
				expect[QueueDeclare](p, 1)
				expect[ChannelClose](p, 1)
				p.closeConnection()
			})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			if _, exists, err := conn.QueueExists(ctx, "q"); exists || !errors.Is(err, context.DeadlineExceeded) {
				t.Error(exists, err)
			}
			if took := time.Since(start); took != time.Second {
				t.Errorf("took %v", took)
			}
			conn.Close()
		})
	})
}
