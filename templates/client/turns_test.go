package client

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestTurnIsBounded waits for a turn: until it is passed on, the flusher is idle,
// the context ends, or it has taken too long.
func TestTurnIsBounded(t *testing.T) {
	enough := errors.New("enough")
	for name, c := range map[string]struct {
		ready func(w *turns, cancel context.CancelCauseFunc)
		took  time.Duration
		err   error
	}{
		"idle":    {func(w *turns, _ context.CancelCauseFunc) { w.idle.Store(true) }, 0, nil},
		"passed":  {func(w *turns, _ context.CancelCauseFunc) { w.next <- struct{}{} }, 0, nil},
		"context": {func(_ *turns, cancel context.CancelCauseFunc) { cancel(enough) }, 0, enough},
		"stuck":   {func(*turns, context.CancelCauseFunc) {}, longestTurn, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				w := &turns{next: make(chan struct{}, 1)}
				c.ready(w, cancel)
				start := time.Now()
				if err := w.await(ctx); err != c.err || time.Since(start) != c.took || w.waiting.Load() != 0 {
					t.Errorf("%v after %v; %d wait", err, time.Since(start), w.waiting.Load())
				}
			})
		})
	}
}

// TestTurnsKeepOrder has many senders on a channel: each sender's messages arrive
// all, and in its order.
func TestTurnsKeepOrder(t *testing.T) {
	const senders, messages = 16, 500
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		var next [senders]uint32
		for range senders * messages {
			_, _, content := p.next()
			sender, number := content.Body[0], binary.BigEndian.Uint32(content.Body[1:])
			if number != next[sender] {
				p.fatalf("message %d of sender %d where %d is due", number, sender, next[sender])
			}
			next[sender]++
		}
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	var group sync.WaitGroup
	for sender := range byte(senders) {
		group.Go(func() {
			for number := range uint32(messages) {
				body := binary.BigEndian.AppendUint32([]byte{sender}, number)
				if err := ch.Publish(t.Context(), "", "k", Message{Body: body}, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// turnEnds are the ways to end a connection that many send over.
var turnEnds = map[string]func(conn *Connection, channels []*Channel, server net.Conn){
	"shutdown": func(conn *Connection, _ []*Channel, _ net.Conn) {
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		conn.Shutdown(ctx)
	},
	"abort":  func(conn *Connection, _ []*Channel, _ net.Conn) { conn.abort(ErrClosed) },
	"broken": func(_ *Connection, _ []*Channel, server net.Conn) { server.Close() },
	"channels first": func(conn *Connection, channels []*Channel, _ net.Conn) {
		for _, ch := range channels {
			ch.startClose(ErrClosed, ChannelClose{ReplyCode: ReplySuccess})
		}
		time.Sleep(10 * time.Millisecond)
		conn.abort(ErrClosed)
	},
}

// TestTurnsEnd ends a connection in several ways while many send over it, to a peer
// that reads fast, slowly, or stops: no sender waits for ever. The trouble that it
// prevents: one that waited for its turn hung when nobody was left to pass it on.
func TestTurnsEnd(t *testing.T) {
	for name, end := range turnEnds {
		for pace, read := range map[string]func(nc net.Conn){
			"fast":   func(nc net.Conn) { io.Copy(io.Discard, nc) },
			"slowly": readSlowly,
			"stops":  func(nc net.Conn) { io.CopyN(io.Discard, nc, 500_000) },
		} {
			t.Run(name+", "+pace, func(t *testing.T) { endWhileSending(t, end, read) })
		}
	}
}

func readSlowly(nc net.Conn) {
	buf := make([]byte, 64<<10)
	for {
		if _, err := nc.Read(buf); err != nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func endWhileSending(t *testing.T, end func(*Connection, []*Channel, net.Conn), read func(net.Conn)) {
	const senders, channels = 24, 4
	client, server := tcpPair(t)
	go func() {
		p := &peer{t, server}
		p.handshake(serverTune)
		for id := range uint16(channels) {
			p.openChannel(id + 1)
		}
		read(server)
	}()
	conn, err := dialConn(t.Context(), client, nil)
	if err != nil {
		t.Fatal(err)
	}
	open := make([]*Channel, channels)
	for i := range open {
		open[i] = openOn(t, conn, nil)
	}
	var group sync.WaitGroup
	for i := range senders {
		group.Go(func() { sendUntilOver(open[i%channels], rand.New(rand.NewPCG(1, uint64(i)))) })
	}
	time.Sleep(20 * time.Millisecond)
	if err := conn.Err(); err != nil {
		t.Errorf("it has ended already: %v", err)
	}
	inTime(t, "ending", 2*time.Second, func() {
		end(conn, open, server)
		group.Wait()
		<-conn.Done()
	})
	server.Close()
	checkLeaks(t)
}

// sendUntilOver sends in all ways until the channel ends, mostly with little time.
// A body that is read gets all the time, since one that breaks off ends the
// connection.
func sendUntilOver(ch *Channel, r *rand.Rand) {
	for ch.Err() == nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(r.IntN(5000))*time.Microsecond)
		switch r.IntN(8) {
		case 0:
			ch.PublishFrom(context.Background(), "", "k", BasicProperties{}, bytes.NewReader(make([]byte, 200_000)), 200_000, nil)
		case 1:
			ch.Publish(ctx, "", "k", Message{Body: make([]byte, 100_000)}, nil)
		case 2:
			ch.handBack(5)
		case 3:
			ch.conn.Flush(ctx)
		default:
			ch.Publish(ctx, "", "k", Message{Body: make([]byte, r.IntN(500))}, nil)
		}
		cancel()
	}
}
