package client

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// bounds is how long the contexts of calls last, and how late calls may return
// after they have ended.
type bounds struct {
	patience, grace time.Duration
	pair            func(testing.TB) (client, server net.Conn)
}

var (
	virtualTime = bounds{time.Second, 100 * time.Millisecond, pipePair}
	realTime    = bounds{100 * time.Millisecond, time.Second, narrowPair}
)

// narrowPair is tcpPair with sockets that hold little.
func narrowPair(t testing.TB) (client, server net.Conn) {
	client, server = tcpPair(t)
	for _, nc := range []net.Conn{client, server} {
		tcp := nc.(*net.TCPConn)
		if err := errors.Join(tcp.SetReadBuffer(4<<10), tcp.SetWriteBuffer(4<<10)); err != nil {
			t.Fatal(err)
		}
	}
	return client, server
}

// stuck is a connection whose peer does not do what it should any more.
type stuck struct {
	conn               *Connection
	plain, confirm, tx *Channel
	receipt            *Receipt // of a message that nobody confirms
}

// stuckStates are the ways to get there. peer plays on after everything is set
// up; enter, if any, does this side's part.
var stuckStates = map[string]struct {
	peer  func(p *peer)
	enter func(t *testing.T, s *stuck)
	wait  int // calls that last as long as their context, at least
}{
	"idle":    {peer: func(*peer) {}, wait: 18},
	"blocked": {peer: block, wait: 20},
	"stalled": {peer: stopReading, enter: fillUp, wait: 18},
	"closing": {peer: func(*peer) {}, enter: beginClose},
}

func fillUp(t *testing.T, s *stuck) { fill(t, s.plain, 16<<10) }

func beginClose(_ *testing.T, s *stuck) {
	go s.conn.Close()
	<-s.conn.closing
}

// block asks for a pause in publishing in both ways, and waits until it has begun.
func block(p *peer) {
	p.send(0, &ConnectionBlocked{Reason: "low on memory"})
	for channel := range uint16(3) {
		p.send(channel+1, &ChannelFlow{})
		expect[ChannelFlowOK](p, channel+1)
	}
}

// stopReading has the peer read nothing more.
func stopReading(p *peer) { p.nc = deaf{p.nc} }

// deaf is a network connection of which nothing is read.
type deaf struct{ net.Conn }

func (deaf) Read([]byte) (int, error) { return 0, io.EOF }

// boundedCalls are the operations that take a context.
var boundedCalls = map[string]func(ctx context.Context, s *stuck) error{
	"Channel": func(ctx context.Context, s *stuck) error { _, err := s.conn.Channel(ctx); return err },
	"Publish": func(ctx context.Context, s *stuck) error { return s.plain.Publish(ctx, "", "k", Message{}, nil) },
	"Publish a large body": func(ctx context.Context, s *stuck) error {
		return s.plain.Publish(ctx, "", "k", Message{Body: make([]byte, 1<<20)}, nil)
	},
	"PublishReceipt and Wait": func(ctx context.Context, s *stuck) error {
		r, err := s.confirm.PublishReceipt(ctx, "", "k", Message{}, nil)
		if err != nil {
			return err
		}
		return r.Wait(ctx)
	},
	"Wait": func(ctx context.Context, s *stuck) error { return s.receipt.Wait(ctx) },
	"PublishConfirm": func(ctx context.Context, s *stuck) error {
		return s.confirm.PublishConfirm(ctx, "", "k", Message{}, nil)
	},
	"WaitConfirms": func(ctx context.Context, s *stuck) error { return s.confirm.WaitConfirms(ctx) },
	"Flush":        func(ctx context.Context, s *stuck) error { return s.conn.Flush(ctx) },
	"Get":          func(ctx context.Context, s *stuck) error { _, _, err := s.plain.Get(ctx, "q", nil); return err },
	"Consume": func(ctx context.Context, s *stuck) error {
		for _, err := range s.plain.Consume(ctx, "q", nil) {
			return err
		}
		return nil
	},
	"Handle": func(ctx context.Context, s *stuck) error {
		return s.plain.Handle(ctx, "q", func(context.Context, *Delivery) error { return nil }, nil)
	},
	"Call": func(ctx context.Context, s *stuck) error {
		_, err := Call(ctx, s.plain, ChannelFlow{Active: true})
		return err
	},
	"DeclareQueue": func(ctx context.Context, s *stuck) error { _, err := s.plain.DeclareQueue(ctx, "q", nil); return err },
	"CommitTx":     func(ctx context.Context, s *stuck) error { return s.tx.CommitTx(ctx) },
	"PublishTx":    func(ctx context.Context, s *stuck) error { return s.tx.PublishTx(ctx, "", "k", Message{}, nil) },
	"Cancel":       func(ctx context.Context, s *stuck) error { return s.plain.Cancel(ctx, "c") },
	"UpdateSecret": func(ctx context.Context, s *stuck) error { return s.conn.UpdateSecret(ctx, "secret", "new") },
	"QueueExists":  func(ctx context.Context, s *stuck) error { _, _, err := s.conn.QueueExists(ctx, "q"); return err },
	"ExchangeExists": func(ctx context.Context, s *stuck) error {
		_, err := s.conn.ExchangeExists(ctx, "x")
		return err
	},
	"NewRequester": func(ctx context.Context, s *stuck) error { _, err := NewRequester(ctx, s.conn, nil); return err },
	"Shutdown":     func(ctx context.Context, s *stuck) error { return s.conn.Shutdown(ctx) },
}

// TestR4_CallsReturnInTime makes every blocking call in every state, in virtual
// time. The trouble that it prevents: contexts were looked at when a call began,
// and never again.
func TestR4_CallsReturnInTime(t *testing.T) {
	for state := range stuckStates {
		t.Run(state, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { callAll(t, state, virtualTime) })
		})
	}
}

// TestR4_CallsReturnInTimeOverTCP does so over sockets that are full. The trouble
// that it prevents: a call hung in the kernel, where its context did not reach it.
func TestR4_CallsReturnInTimeOverTCP(t *testing.T) {
	for state := range stuckStates {
		t.Run(state, func(t *testing.T) { callAll(t, state, realTime) })
	}
	checkLeaks(t)
}

// callAll makes each call on a connection of its own, all of them at once.
func callAll(t *testing.T, state string, b bounds) {
	var mu sync.Mutex
	var group sync.WaitGroup
	waited, latest := 0, time.Duration(0)
	for name, call := range boundedCalls {
		group.Go(func() {
			late, err := callStuck(t, state, b, call)
			if late > b.grace {
				t.Errorf("%s: returned %v after its context's end: %v", name, late, err)
			}
			mu.Lock()
			defer mu.Unlock()
			latest = max(latest, late)
			if late >= 0 {
				waited++
			}
		})
	}
	for _, end := range []func(*stuck) error{(*stuck).closeConnection, (*stuck).closeChannel} {
		group.Go(func() {
			if took := endStuck(t, state, b, end); took > closeWait+b.grace {
				t.Errorf("closing took %v", took)
			}
		})
	}
	group.Wait()
	if waited < stuckStates[state].wait {
		t.Errorf("only %d calls had to wait", waited)
	}
	t.Logf("%d calls waited; the latest returned %v after its context's end", waited, latest)
}

func (s *stuck) closeConnection() error { return s.conn.Close() }
func (s *stuck) closeChannel() error    { return s.plain.Close() }

// callStuck makes a call in a state, and says how long after the end of its
// context it returned.
func callStuck(t *testing.T, state string, b bounds, call func(context.Context, *stuck) error) (late time.Duration, err error) {
	s, done := getStuck(t, state, b)
	defer done()
	start := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), b.patience)
	defer cancel()
	err = call(ctx, s)
	return time.Since(start) - b.patience, err
}

func endStuck(t *testing.T, state string, b bounds, end func(*stuck) error) time.Duration {
	s, done := getStuck(t, state, b)
	defer done()
	start := time.Now()
	end(s)
	return time.Since(start)
}

// getStuck connects, opens three channels, and lets the state begin.
func getStuck(t *testing.T, state string, b bounds) (s *stuck, done func()) {
	client, server := b.pair(t)
	ready, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		p := &peer{t, server}
		p.handshake(serverTune)
		p.openStuck()
		stuckStates[state].peer(p)
		close(ready)
		io.Copy(io.Discard, p.nc)
	}()
	conn, err := dialConn(t.Context(), client, nil)
	if err != nil {
		t.Error(err)
		return
	}
	s = openStuck(t, conn)
	<-ready
	if enter := stuckStates[state].enter; enter != nil {
		enter(t, s)
	}
	return s, func() {
		conn.abort(ErrClosed)
		<-conn.Done()
		server.Close()
		<-over
	}
}

// openStuck plays the server's half of openStuck.
func (p *peer) openStuck() {
	p.t.Helper()
	p.openChannel(1)
	p.openChannel(2)
	expect[ConfirmSelect](p, 2)
	p.send(2, &ConfirmSelectOK{})
	p.openChannel(3)
	expect[TxSelect](p, 3)
	p.send(3, &TxSelectOK{})
	expect[BasicPublish](p, 2)
}

func openStuck(t *testing.T, conn *Connection) *stuck {
	s := &stuck{conn: conn, plain: openOn(t, conn, nil), confirm: openOn(t, conn, nil)}
	err := s.confirm.SelectConfirm(t.Context(), nil)
	s.tx = openOn(t, conn, nil)
	err = errors.Join(err, s.tx.SelectTx(t.Context()))
	var failed error
	s.receipt, failed = s.confirm.PublishReceipt(t.Context(), "", "k", Message{}, nil)
	if err := errors.Join(err, failed); err != nil {
		t.Error(err)
	}
	return s
}
