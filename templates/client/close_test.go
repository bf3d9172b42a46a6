package client

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestR6_CloseIsIdempotent closes from many goroutines at once, and again. The
// trouble that it prevents: closing twice panicked, or left goroutines behind.
func TestR6_CloseIsIdempotent(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		expect[ChannelClose](p, 1)
		p.send(1, &ChannelCloseOK{})
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	for _, end := range []func() error{ch.Close, conn.Close} {
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() {
				if err := end(); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if err := end(); err != nil {
			t.Error(err)
		}
	}
	if !errors.Is(conn.Err(), ErrClosed) || !errors.Is(ch.Err(), ErrClosed) {
		t.Error(conn.Err(), ch.Err())
	}
	if _, err := conn.Channel(t.Context()); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if err := ch.Publish(t.Context(), "", "k", Message{}, nil); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// TestR5_PendingCallsGetTheCause ends the connection under calls that wait. The
// trouble that it prevents: whoever waited when a connection ended learned that it
// had, not why.
func TestR5_PendingCallsGetTheCause(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		for range 5 {
			expect[QueuePurge](p, 1)
		}
		p.send(0, &ConnectionClose{ReplyCode: ReplyInternalError, ReplyText: "oops", ClassID: 50, MethodID: 30})
		expect[ConnectionCloseOK](p, 0)
		p.nc.Close()
	})
	ch := openOn(t, conn, nil)
	var group sync.WaitGroup
	for range 5 {
		group.Go(func() {
			_, err := ch.PurgeQueue(t.Context(), "q", nil)
			var op *OpError
			var server *ServerError
			if !errors.As(err, &op) || op.Sent != WasSent || !errors.As(err, &server) || server.Scope != ScopeConnection || server.Text != "oops" {
				t.Errorf("got %v", err)
			}
		})
	}
	group.Wait()
	<-conn.Done()
	if !errors.Is(conn.Err(), ReplyInternalError) {
		t.Error(conn.Err())
	}
	if err := conn.Close(); err != nil {
		t.Error("closing what is closed:", err)
	}
}

// TestBothCloseTheChannel crosses this side's channel.close with the
// server's: each gets its close-ok, and the number is used again only then.
func TestBothCloseTheChannel(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		expect[ChannelClose](p, 1)
		p.send(1, &ChannelClose{ReplyCode: ReplyNotFound})
		expect[ChannelCloseOK](p, 1)
		p.send(1, &ChannelCloseOK{})
		p.openChannel(1)
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	if err := ch.Close(); err != nil {
		t.Error(err)
	}
	if again := openOn(t, conn, nil); again.ID() != 1 {
		t.Errorf("channel %d", again.ID())
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestBothCloseTheConnection crosses this side's connection.close with the
// server's, which then owes no close-ok.
func TestBothCloseTheConnection(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		expect[ConnectionClose](p, 0)
		p.send(0, &ConnectionClose{ReplyCode: ReplyNotImplemented})
		expect[ConnectionCloseOK](p, 0)
		if _, err := p.nc.Read(make([]byte, 1)); err == nil {
			p.fatalf("more comes after close-ok")
		}
	})
	if err := conn.Close(); err != nil || !errors.Is(conn.Err(), ErrClosed) {
		t.Error(err, conn.Err())
	}
}

// TestServerClosesChannel refuses one call: the channel ends with the
// server's error, its number is free at once, and other channels go on.
func TestServerClosesChannel(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.openChannel(2)
		expect[QueueDeclare](p, 1)
		p.send(1, &ChannelClose{ReplyCode: ReplyNotFound, ReplyText: "no queue", ClassID: 50, MethodID: 10})
		expect[ChannelCloseOK](p, 1)
		p.openChannel(1)
		expect[QueuePurge](p, 2)
		p.send(2, &QueuePurgeOK{})
		p.closeConnection()
	})
	ch, other := openOn(t, conn, nil), openOn(t, conn, nil)
	_, err := ch.DeclareQueue(t.Context(), "q", &QueueOptions{Passive: true})
	var op *OpError
	if !errors.Is(err, ReplyNotFound) || !errors.As(err, &op) || op.Sent != WasSent || op.Op != "queue.declare" || op.Channel != 1 {
		t.Errorf("got %v", err)
	}
	if err := ch.Publish(t.Context(), "", "k", Message{}, nil); !errors.Is(err, ReplyNotFound) {
		t.Error(err)
	}
	if err := ch.Close(); err != nil {
		t.Error(err)
	}
	openOn(t, conn, nil)
	if _, err := other.PurgeQueue(t.Context(), "q", nil); err != nil {
		t.Error(err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// stuckPeer opens a channel and then reads no more.
func stuckPeer(stop chan struct{}) func(p *peer) {
	return func(p *peer) {
		p.openChannel(1)
		<-stop
	}
}

// fill publishes until the kernel's buffers and this side's are full.
func fill(t *testing.T, ch *Channel, size int) error {
	t.Helper()
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		err := ch.Publish(ctx, "", "k", Message{Body: make([]byte, size)}, nil)
		cancel()
		if err != nil {
			return err
		}
	}
}

// TestR4_StuckServer has a server that reads nothing: every operation returns in
// time, and says how far it got. The trouble that it prevents: publishing hung for
// ever when the server had stopped reading.
func TestR4_StuckServer(t *testing.T) {
	for name, c := range map[string]struct {
		size int
		sent Sent
	}{
		"copied bodies": {16 << 10, NotSent},
		"lent bodies":   {1 << 20, MaybeSent},
	} {
		t.Run(name, func(t *testing.T) {
			stop := make(chan struct{})
			conn := connect(t, nil, stuckPeer(stop))
			defer close(stop)
			ch := openOn(t, conn, nil)
			err := fill(t, ch, c.size)
			var op *OpError
			if !errors.As(err, &op) || op.Sent != c.sent || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("publish says %v", err)
			}
			inTime(t, "call", time.Second, func() {
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				if _, err := ch.PurgeQueue(ctx, "q", nil); err == nil {
					t.Error("the call succeeds")
				}
			})
			inTime(t, "shutdown", 3*time.Second, func() {
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				if err := conn.Shutdown(ctx); err == nil {
					t.Error("shutdown succeeds")
				}
			})
		})
	}
}

// TestR4_StuckServerClose closes while publishers and callers are stuck: they
// learn of it, and Close is back within its two seconds. The trouble that it
// prevents: closing, which was to be the way out, hung as well.
func TestR4_StuckServerClose(t *testing.T) {
	stop := make(chan struct{})
	conn := connect(t, nil, stuckPeer(stop))
	defer close(stop)
	ch := openOn(t, conn, nil)
	fill(t, ch, 16<<10)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if err := ch.Publish(context.Background(), "", "k", Message{Body: make([]byte, 1<<20)}, nil); err == nil {
				t.Error("publish succeeds")
			}
		})
		group.Go(func() {
			if _, err := ch.PurgeQueue(context.Background(), "q", nil); !errors.Is(err, ErrClosed) {
				t.Error("purge says", err)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	inTime(t, "channel close", 2500*time.Millisecond, func() { ch.Close() })
	inTime(t, "close", 2500*time.Millisecond, func() {
		var transport *TransportError
		if err := conn.Close(); !errors.As(err, &transport) || transport.Stage != "close" {
			t.Errorf("close says %v", err)
		}
	})
	inTime(t, "the others", time.Second, group.Wait)
}

// inTime fails the test if something takes too long.
func inTime(t *testing.T, what string, limit time.Duration, do func()) {
	t.Helper()
	start := time.Now()
	do()
	if took := time.Since(start); took > limit {
		t.Errorf("%s took %v", what, took)
	}
}

// TestBrokenWriteFindsLastWord resets the network right after the server's
// close: what the server said is the cause, not the broken write.
func TestBrokenWriteFindsLastWord(t *testing.T) {
	for range 20 {
		conn := connect(t, nil, func(p *peer) {
			p.openChannel(1)
			p.send(0, &ConnectionClose{ReplyCode: ReplyConnectionForced, ReplyText: "bye"})
			p.nc.(*net.TCPConn).SetLinger(0)
			p.nc.Close()
		})
		ch := openOn(t, conn, nil)
		for ch.Publish(t.Context(), "", "k", Message{Body: make([]byte, 1000)}, nil) == nil {
		}
		<-conn.Done()
		// A reset may overtake what was not read yet: then nobody can know.
		if err := conn.Err(); !errors.Is(err, ReplyConnectionForced) && !errors.As(err, new(*TransportError)) {
			t.Errorf("got %v", err)
		}
	}
}

// TestR6_CrossingCloses closes a channel at the very moment at which the server
// does: what answers a server's close is never followed by another close. The
// trouble that it prevents: closes of both sides at once ended in a deadlock.
func TestR6_CrossingCloses(t *testing.T) {
	const rounds = 3000
	conn := connect(t, nil, func(p *peer) {
		for range rounds {
			p.openChannel(1)
			p.next() // a publish, the signal to begin
			p.send(1, &ChannelClose{ReplyCode: ReplyNotFound})
			switch _, m, _ := p.next(); m.(type) {
			case *ChannelClose:
				p.send(1, &ChannelCloseOK{})
				expect[ChannelCloseOK](p, 1)
			case *ChannelCloseOK:
			default:
				p.fatalf("%v", m)
			}
		}
		p.closeConnection()
	})
	for range rounds {
		ch := openOn(t, conn, nil)
		if err := ch.Publish(t.Context(), "", "k", Message{}, nil); err != nil {
			t.Fatal(err)
		}
		if err := ch.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 20 { // about as long as the peer takes
			conn.w.octets()
		}
		if err := ch.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestServerHangsUpOnClose answers connection.close by hanging up.
func TestServerHangsUpOnClose(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		expect[ConnectionClose](p, 0)
		p.nc.Close()
	})
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	if err := conn.Err(); err != ErrClosed {
		t.Errorf("got %v", err)
	}
}

// TestShutdownAfterLateConsume shuts down while a consumer that nobody waited
// for is being cancelled.
func TestShutdownAfterLateConsume(t *testing.T) {
	asked, late := make(chan struct{}), make(chan struct{})
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		expect[BasicConsume](p, 1)
		close(asked)
		<-late
		p.send(1, &BasicConsumeOK{ConsumerTag: "c"})
		expect[BasicCancel](p, 1)
		late <- struct{}{}
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	for _, err := range ch.Consume(ctx, "q", &ConsumeOptions{Prefetch: -1}) {
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	late <- struct{}{}
	<-late
	ctx, cancel = context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := conn.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

// TestShutdownAfterFailedNoWait shuts down after a consumer that could not be
// asked for.
func TestShutdownAfterFailedNoWait(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	for _, err := range ch.Consume(t.Context(), strings.Repeat("q", 256), &ConsumeOptions{Prefetch: -1, NoWait: true, ConsumerTag: "c"}) {
		if !isA[*UsageError](err) {
			t.Error(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := conn.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

// TestShutdownOfABusyConsumer shuts down while deliveries that need no
// acknowledgement come without end: they end with the consumer, which has
// handled all that came.
func TestShutdownOfABusyConsumer(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		expect[BasicConsume](p, 1)
		p.send(1, &BasicConsumeOK{ConsumerTag: "c"})
		cancelled := make(chan struct{})
		var sender sync.WaitGroup
		sender.Go(func() {
			one := appendContent(t, nil, 1, &BasicDeliver{ConsumerTag: "c", DeliveryTag: 1}, &BasicProperties{}, nil)
			for {
				select {
				case <-cancelled:
					return
				default:
					p.nc.Write(one)
				}
			}
		})
		_, m, _ := p.next()
		close(cancelled)
		sender.Wait()
		if m.ID() != (BasicCancel{}).ID() {
			p.fatalf("%v", m)
		}
		p.send(1, &BasicCancelOK{ConsumerTag: "c"})
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	started := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		err := ch.Handle(t.Context(), "q", func(context.Context, *Delivery) error {
			return nil
		}, &ConsumeOptions{NoAck: true, OnStart: func(string) { close(started) }})
		if !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
	<-started
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if err := conn.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	group.Wait()
}
