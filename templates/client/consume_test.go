package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// rejected reads the basic.reject of n deliveries and returns their tags.
func rejected(p *peer, n int) []int {
	p.t.Helper()
	var tags []int
	for range n {
		m := expect[BasicReject](p, 1)
		if !m.Requeue {
			p.fatalf("%v", m)
		}
		tags = append(tags, int(m.DeliveryTag))
	}
	return tags
}

// TestConsumeBreak leaves the loop: the consumer is cancelled, what was
// prefetched goes back, no error comes, and a second range is a new consumer.
func TestConsumeBreak(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "one")
		p.deliver(1, "one", 1, 5)
		for tag := range 2 {
			if m := expect[BasicAck](p, 1); int(m.DeliveryTag) != tag+1 || m.Multiple {
				p.fatalf("%v", m)
			}
		}
		p.endConsumer(1, "one")
		if got := rejected(p, 3); !slices.Equal(got, []int{3, 4, 5}) {
			p.fatalf("went back: %v", got)
		}
		p.startConsumer(1, "two")
		p.deliver(1, "two", 6, 6)
		expect[BasicAck](p, 1)
		p.endConsumer(1, "two")
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	loop := ch.Consume(t.Context(), "q", nil)
	for _, want := range []string{"12", "6"} {
		got := ""
		for d, err := range loop {
			if err != nil {
				t.Fatal(err)
			}
			got += string(d.Body)
			if err := d.Ack(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(got) == len(want) {
				break
			}
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestConsumePanic panics in the loop's body: the consumer is over all the
// same.
func TestConsumePanic(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "c")
		p.deliver(1, "c", 1, 2)
		p.endConsumer(1, "c")
		rejected(p, 1)
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	func() {
		defer func() {
			if recover() != "oh" {
				t.Error("the panic did not come through")
			}
		}()
		for range ch.Consume(t.Context(), "q", nil) {
			panic("oh")
		}
	}()
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestR5_ConsumeEnds lets a consumer end in each way that is not the program's
// own: the loop yields what was delivered before, then one error that says why,
// then nothing. The trouble that it prevents: loops over deliveries ended without
// a reason, or went on with empty ones.
func TestR5_ConsumeEnds(t *testing.T) {
	because := errors.New("enough")
	for name, c := range map[string]struct {
		peer  func(p *peer)
		local func(conn *Connection, ch *Channel, cancel func(error))
		want  func(error) bool
		got   int
	}{
		"context": {
			peer:  func(p *peer) { p.endConsumer(1, "c") },
			local: func(_ *Connection, _ *Channel, cancel func(error)) { cancel(because) },
			want:  func(err error) bool { return errors.Is(err, because) },
			got:   1,
		},
		"server's cancel": {
			peer: func(p *peer) {
				p.deliver(1, "c", 2, 3)
				p.send(1, &BasicCancel{ConsumerTag: "c", NoWait: true})
			},
			want: func(err error) bool {
				var cancelled *ConsumerCancelledError
				return errors.As(err, &cancelled) && cancelled.ByServer && cancelled.ConsumerTag == "c"
			},
			got: 3,
		},
		"cancel by tag": {
			peer: func(p *peer) { p.endConsumer(1, "c") },
			local: func(_ *Connection, ch *Channel, _ func(error)) {
				if err := ch.Cancel(context.Background(), "c"); err != nil {
					panic(err)
				}
			},
			want: func(err error) bool {
				var cancelled *ConsumerCancelledError
				return errors.As(err, &cancelled) && !cancelled.ByServer
			},
			got: 1,
		},
		"channel error": {
			peer: func(p *peer) {
				p.send(1, &ChannelClose{ReplyCode: ReplyNotFound, ReplyText: "gone", ClassID: 60, MethodID: 80})
				expect[ChannelCloseOK](p, 1)
			},
			want: func(err error) bool {
				var server *ServerError
				return errors.As(err, &server) && server.Scope == ScopeChannel && errors.Is(err, ReplyNotFound) &&
					server.Method == (BasicAck{}).ID()
			},
			got: 1,
		},
		"connection error": {
			peer: func(p *peer) {
				p.send(0, &ConnectionClose{ReplyCode: ReplyConnectionForced, ReplyText: "down"})
				expect[ConnectionCloseOK](p, 0)
				p.nc.Close()
			},
			want: func(err error) bool {
				var server *ServerError
				return errors.As(err, &server) && server.Scope == ScopeConnection && errors.Is(err, ReplyConnectionForced)
			},
			got: 1,
		},
		"lost network": {
			peer: func(p *peer) { p.nc.Close() },
			want: func(err error) bool { return errors.As(err, new(*TransportError)) },
			got:  1,
		},
		"closed channel": {
			peer: func(p *peer) {
				expect[ChannelClose](p, 1)
				p.send(1, &ChannelCloseOK{})
			},
			local: func(_ *Connection, ch *Channel, _ func(error)) { ch.Close() },
			want:  func(err error) bool { return errors.Is(err, ErrClosed) },
			got:   1,
		},
		"shutdown": {
			peer:  func(p *peer) { p.endConsumer(1, "c"); p.closeConnection() },
			local: func(conn *Connection, _ *Channel, _ func(error)) { go conn.Shutdown(context.Background()) },
			want:  func(err error) bool { return errors.Is(err, ErrClosed) },
			got:   1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			seen := make(chan struct{})
			conn := connect(t, nil, func(p *peer) {
				p.openChannel(1)
				p.startConsumer(1, "c")
				p.deliver(1, "c", 1, 1)
				<-seen
				c.peer(p)
			})
			ch := openOn(t, conn, nil)
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			got, errs := 0, []error{}
			for _, err := range ch.Consume(ctx, "q", nil) {
				if err != nil {
					errs = append(errs, err)
					continue
				}
				if got++; got == 1 {
					close(seen)
					if c.local != nil {
						go c.local(conn, ch, cancel)
					}
				}
			}
			if got != c.got || len(errs) != 1 {
				t.Fatalf("%d deliveries, errors %v", got, errs)
			}
			if op := (*OpError)(nil); !errors.As(errs[0], &op) || op.Op != "basic.consume" || !c.want(errs[0]) {
				t.Errorf("the error is %v", errs[0])
			}
		})
	}
}

// TestHandle runs handlers side by side; what they return decides each
// delivery's fate.
func TestHandle(t *testing.T) {
	const deliveries = 40
	settled := make(chan [2]int, 1)
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "c")
		p.deliver(1, "c", 1, deliveries)
		acks, rejects := 0, 0
		for acks+rejects < deliveries {
			switch _, m, _ := p.next(); m := m.(type) {
			case *BasicAck:
				acks++
			case *BasicReject:
				rejects++
			case *BasicCancel:
				p.send(1, &BasicCancelOK{ConsumerTag: m.ConsumerTag})
			}
		}
		settled <- [2]int{acks, rejects}
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	var running, most, handled atomic.Int32
	err := ch.Handle(t.Context(), "q", func(_ context.Context, d *Delivery) error {
		most.Store(max(most.Load(), running.Add(1)))
		defer running.Add(-1)
		time.Sleep(time.Millisecond)
		if handled.Add(1) == 20 {
			return fmt.Errorf("tired: %w", ErrStop)
		}
		return nil
	}, &ConsumeOptions{Concurrency: 4})
	if err != nil {
		t.Error(err)
	}
	if most.Load() < 2 || most.Load() > 4 {
		t.Errorf("%d handlers at a time", most.Load())
	}
	if got := <-settled; got[0] != int(handled.Load()) || handled.Load() < 20 || handled.Load() == deliveries {
		t.Errorf("%d handled, %d acked, %d went back", handled.Load(), got[0], got[1])
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestHandlerFails lets a handler fail and panic: running ones finish, their
// acks are sent, and the error holds each failure.
func TestHandlerFails(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		handler Handler
		want    func(*HandlerError) bool
	}{
		"error": {
			func(context.Context, *Delivery) error { return broken },
			func(e *HandlerError) bool { return e.Err == broken && e.Panic == nil },
		},
		"panic": {
			func(context.Context, *Delivery) error { panic(broken) },
			func(e *HandlerError) bool { return e.Panic == broken },
		},
	} {
		t.Run(name, func(t *testing.T) {
			conn := connect(t, nil, func(p *peer) {
				p.openChannel(1)
				p.startConsumer(1, "c")
				p.deliver(1, "c", 7, 8)
				if got := rejected(p, 1); got[0] != 7 {
					p.fatalf("went back: %v", got)
				}
				p.endConsumer(1, "c")
				rejected(p, 1)
				p.closeConnection()
			})
			err := openOn(t, conn, nil).Handle(t.Context(), "q", c.handler, nil)
			var failure *HandlerError
			if !errors.As(err, &failure) || !c.want(failure) || failure.DeliveryTag != 7 || failure.ConsumerTag != "c" {
				t.Errorf("got %v", err)
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestDeadContextDoesNotWait ends the context while the server is silent: the
// loop gets its error at once, with the cancel on its way.
func TestDeadContextDoesNotWait(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "c")
		expect[BasicCancel](p, 1) // and no answer
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	inTime(t, "the end", time.Second, func() {
		for _, err := range ch.Consume(ctx, "q", nil) {
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		}
	})
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestSettledTwice settles a delivery twice, and one that needs no settling.
func TestSettledTwice(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "c")
		p.deliver(1, "c", 1, 1)
		expect[BasicAck](p, 1)
		p.endConsumer(1, "c")
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	for d, err := range ch.Consume(t.Context(), "q", nil) {
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Ack(t.Context()); err != nil {
			t.Error(err)
		}
		for _, again := range []func(context.Context) error{d.Ack, d.AckMultiple, d.Reject, d.Requeue} {
			if err := again(t.Context()); !errors.As(err, new(*UsageError)) {
				t.Errorf("again: %v", err)
			}
		}
		break
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestR12_StaleAck acknowledges after the channel has ended: a local error, with
// the channel's cause. The trouble that it prevents: a late ack of a message that
// was got cost the next channel.
func TestR12_StaleAck(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		expect[BasicGet](p, 1)
		p.write(appendContent(t, nil, 1, &BasicGetOK{DeliveryTag: 1}, &BasicProperties{}, nil))
		p.send(1, &ChannelClose{ReplyCode: ReplyNotFound})
		expect[ChannelCloseOK](p, 1)
	})
	ch := openOn(t, conn, nil)
	d, ok, err := ch.Get(t.Context(), "q", nil)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	<-ch.Done()
	var op *OpError
	if err := d.Ack(t.Context()); !errors.Is(err, ReplyNotFound) || !errors.As(err, &op) || op.Sent != NotSent {
		t.Errorf("got %v", err)
	}
}

// TestR2_Overflow has a peer that sends more than the prefetch: that consumer ends
// with a typed error, and the channel goes on. The trouble that it prevents: a
// client took in whatever came, until the memory was full.
func TestR2_Overflow(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "c")
		p.deliver(1, "c", 1, 50)
		for {
			switch _, m, _ := p.next(); m := m.(type) {
			case *BasicCancel:
				p.send(1, &BasicCancelOK{ConsumerTag: m.ConsumerTag})
			case *QueuePurge:
				p.send(1, &QueuePurgeOK{})
				p.closeConnection()
				return
			}
		}
	})
	ch := openOn(t, conn, nil)
	var last error
	for _, err := range ch.Consume(t.Context(), "q", &ConsumeOptions{Prefetch: 4}) {
		if last = err; err == nil {
			time.Sleep(20 * time.Millisecond)
		}
	}
	var overflow *OverflowError
	if !errors.As(last, &overflow) || overflow.Limit != 8 {
		t.Errorf("got %v", last)
	}
	if _, err := ch.PurgeQueue(t.Context(), "q", nil); err != nil {
		t.Error(err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestR2_NoAckBackPressure has a slow consumer that nothing but its memory bounds:
// the reader stops at that mark, nothing is lost, and closing works although the
// reader stands still. The trouble that it prevents: without acks nothing bounded
// what waited for a slow program.
func TestR2_NoAckBackPressure(t *testing.T) {
	const deliveries, size = 400, 64 << 10
	sent := make(chan struct{})
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		expect[BasicConsume](p, 1)
		p.send(1, &BasicConsumeOK{ConsumerTag: "c"})
		for tag := range deliveries {
			m := &BasicDeliver{ConsumerTag: "c", DeliveryTag: DeliveryTag(tag + 1)}
			p.write(appendContent(t, nil, 1, m, &BasicProperties{}, make([]byte, size)))
		}
		close(sent)
		p.endConsumer(1, "c")
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	next := DeliveryTag(1)
	for d, err := range ch.Consume(t.Context(), "q", &ConsumeOptions{NoAck: true, MaxBuffered: 10 * size}) {
		if err != nil {
			t.Fatal(err)
		}
		if d.DeliveryTag != next || len(d.Body) != size {
			t.Fatalf("delivery %d of %d octets where %d is due", d.DeliveryTag, len(d.Body), next)
		}
		if next == 1 {
			for !conn.r.parked.Load() {
				time.Sleep(time.Millisecond)
			}
		}
		if next++; next > deliveries {
			break
		}
	}
	<-sent
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestR2_SlowHandlerStallsNobody has a handler that takes its time while another
// channel of the connection asks and is answered. The trouble that it prevents:
// one slow handler held up the whole connection.
func TestR2_SlowHandlerStallsNobody(t *testing.T) {
	asked := make(chan struct{})
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.openChannel(2)
		p.startConsumer(1, "c")
		p.deliver(1, "c", 1, 64)
		expect[QueuePurge](p, 2)
		p.send(2, &QueuePurgeOK{MessageCount: 3})
		p.closeConnection()
	})
	slow, other := openOn(t, conn, nil), openOn(t, conn, nil)
	var group sync.WaitGroup
	group.Go(func() {
		slow.Handle(t.Context(), "q", func(ctx context.Context, _ *Delivery) error {
			close(asked)
			<-conn.Done()
			return nil
		}, nil)
	})
	<-asked
	if n, err := other.PurgeQueue(t.Context(), "q", nil); n != 3 || err != nil {
		t.Error(n, err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	group.Wait()
}

// TestReturn publishes what cannot be routed and hears of it.
func TestReturn(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		_, m, content := p.next()
		publish := m.(*BasicPublish)
		if !publish.Mandatory {
			p.fatalf("%v", m)
		}
		r := &BasicReturn{ReplyCode: 312, ReplyText: "NO_ROUTE", Exchange: publish.Exchange, RoutingKey: publish.RoutingKey}
		p.write(appendContent(t, nil, 1, r, content.Properties, content.Body))
		p.closeConnection()
	})
	returns := make(chan Return, 1)
	ch := openOn(t, conn, &ChannelEvents{OnReturn: func(r Return) {
		conn.Close() // may be called from anywhere
		returns <- r
	}})
	m := Message{Body: []byte("hello")}
	m.ContentType = "text/plain"
	if err := ch.Publish(t.Context(), "x", "nowhere", m, &PublishOptions{Mandatory: true}); err != nil {
		t.Fatal(err)
	}
	r := <-returns
	if r.Code != 312 || r.RoutingKey != "nowhere" || r.ContentType != "text/plain" || !strings.HasPrefix(string(r.Body), "hel") {
		t.Errorf("got %+v", r)
	}
}

// TestBreakWhileParked leaves the loop of a consumer whose deliveries keep the
// reader from reading: the consumer is cancelled at once, and all goes back.
func TestBreakWhileParked(t *testing.T) {
	const deliveries = 100
	first := make(chan struct{})
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		expect[BasicConsume](p, 1)
		p.send(1, &BasicConsumeOK{ConsumerTag: "c"})
		p.deliver(1, "c", 1, 1)
		<-first
		p.deliver(1, "c", 2, deliveries)
		p.endConsumer(1, "c")
		rejected(p, deliveries-1)
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	for _, err := range ch.Consume(t.Context(), "q", &ConsumeOptions{Prefetch: -1, MaxBuffered: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		close(first)
		for !conn.r.parked.Load() {
			time.Sleep(time.Millisecond)
		}
		break
	}
	inTime(t, "close", time.Second, func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestLeavingUnderBackPressure leaves the loop while the server reads nothing:
// the consumer is cancelled as soon as it does, and what was prefetched goes
// back.
func TestLeavingUnderBackPressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left := make(chan struct{})
		conn := connectOver(t, pipePair, serverTune, nil, func(p *peer) {
			p.openChannel(1)
			p.startConsumer(1, "c")
			p.deliver(1, "c", 1, 2)
			<-left
			for {
				if _, m, _ := p.next(); m.ID() == (BasicCancel{}).ID() {
					p.send(1, &BasicCancelOK{ConsumerTag: "c"})
					break
				}
			}
			rejected(p, 1)
			p.closeConnection()
		})
		ch := openOn(t, conn, nil)
		for _, err := range ch.Consume(t.Context(), "q", nil) {
			if err != nil {
				t.Fatal(err)
			}
			fill(t, ch, 16<<10)
			break
		}
		close(left)
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestNothingLostAtTheEnd has the server end a consumer without
// acknowledgement right behind its last deliveries: the loop yields them all.
func TestNothingLostAtTheEnd(t *testing.T) {
	const rounds, deliveries = 500, 3
	for name, end := range map[string]Method{
		"cancel": &BasicCancel{ConsumerTag: "c", NoWait: true},
		"close":  &ChannelClose{ReplyCode: ReplyNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			conn := connect(t, nil, func(p *peer) {
				for range rounds {
					p.openChannel(1)
					expect[BasicConsume](p, 1)
					p.send(1, &BasicConsumeOK{ConsumerTag: "c"})
					var out []byte
					for tag := range deliveries {
						out = appendContent(t, out, 1, &BasicDeliver{ConsumerTag: "c", DeliveryTag: DeliveryTag(tag + 1)}, &BasicProperties{}, nil)
					}
					time.Sleep(100 * time.Microsecond)
					p.write(appendMethodFrame(t, out, 1, end))
					if _, m, _ := p.next(); m.ID() == (ChannelClose{}).ID() {
						p.send(1, &ChannelCloseOK{})
					}
				}
				p.closeConnection()
			})
			for range rounds {
				ch := openOn(t, conn, nil)
				got := 0
				for _, err := range ch.Consume(t.Context(), "q", &ConsumeOptions{Prefetch: -1, NoAck: true}) {
					if err == nil {
						got++
					}
				}
				if got != deliveries {
					t.Fatalf("%d deliveries", got)
				}
				ch.Close()
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOnStartMayConsume(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "one")
		p.startConsumer(1, "two")
		p.deliver(1, "two", 1, 1)
		p.endConsumer(1, "two")
		p.endConsumer(1, "one")
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	done := errors.New("done")
	ctx, stop := context.WithCancelCause(ctx)
	err := ch.Handle(ctx, "q", func(context.Context, *Delivery) error { return nil }, &ConsumeOptions{OnStart: func(string) {
		for _, err := range ch.Consume(ctx, "r", nil) {
			if err != nil {
				t.Error(err)
			}
			break
		}
		stop(done)
	}})
	if !errors.Is(err, done) {
		t.Error(err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestTagInUse starts a consumer under the tag of another one, which goes on.
func TestTagInUse(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "c")
		p.deliver(1, "c", 1, 1)
		expect[BasicAck](p, 1)
		p.deliver(1, "c", 2, 2)
		p.endConsumer(1, "c")
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	for d, err := range ch.Consume(t.Context(), "q", nil) {
		if err != nil {
			t.Fatal(err)
		}
		if d.DeliveryTag == 2 {
			break
		}
		for _, queue := range []string{"q", strings.Repeat("q", 256)} {
			for _, err := range ch.Consume(t.Context(), queue, &ConsumeOptions{ConsumerTag: "c", NoWait: true, Prefetch: -1}) {
				if !isA[*UsageError](err) {
					t.Error(err)
				}
				break
			}
		}
		if err := d.Ack(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
