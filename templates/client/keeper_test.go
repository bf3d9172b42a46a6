package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// host listens for one connection after the other.
type host struct {
	t    *testing.T
	l    net.Listener
	done chan struct{}
}

// newHost plays the scripts, one for each connection, and hangs up after each.
func newHost(t *testing.T, scripts ...func(p *peer)) *host {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, l: l, done: make(chan struct{})}
	go func() {
		defer close(h.done)
		for _, script := range scripts {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			h.play(nc, script)
		}
		l.Close()
	}()
	t.Cleanup(func() {
		l.Close()
		<-h.done
	})
	return h
}

// play runs a script in a goroutine of its own, which a failure may end.
func (h *host) play(nc net.Conn, script func(p *peer)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer nc.Close()
		p := &peer{h.t, nc}
		p.handshake(serverTune)
		script(p)
	}()
	<-done
}

// keep keeps a connection to the host, with small delays, and cleans up.
func (h *host) keep(o KeeperOptions) *Keeper {
	h.t.Helper()
	o.FirstDelay, o.MostDelay = time.Millisecond, 10*time.Millisecond
	k, err := Keep(h.t.Context(), "amqp://"+h.l.Addr().String(), &Config{Heartbeat: -1}, &o)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		k.Close()
		checkLeaks(h.t)
	})
	return k
}

// TestR12_KeeperDialsAgain is hung up on twice; the states come in order, and each
// connection has its number. The trouble that it prevents: every program had to
// write its own reconnecting, and got it wrong.
func TestR12_KeeperDialsAgain(t *testing.T) {
	var mu sync.Mutex
	var states []KeeperState
	gone := make(chan struct{})
	hangUp := func(p *peer) { expect[ChannelOpen](p, 1) }
	h := newHost(t, hangUp, hangUp, func(p *peer) {
		p.openChannel(1)
		p.closeConnection()
		close(gone)
	})
	k := h.keep(KeeperOptions{OnState: func(s KeeperState) {
		mu.Lock()
		defer mu.Unlock()
		states = append(states, s)
	}})
	ch, err := k.Channel(nil, nil).Channel(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if ch.conn.epoch != 3 || !k.State().Up || k.State().Epoch != 3 || k.State().Err != nil {
		t.Errorf("connection %d, state %+v", ch.conn.epoch, k.State())
	}
	if err := k.Close(); err != nil {
		t.Error(err)
	}
	<-gone
	mu.Lock()
	defer mu.Unlock()
	var ups []uint64
	for _, s := range states {
		if s.Up {
			ups = append(ups, s.Epoch)
		} else if s.Err == nil {
			t.Errorf("down for no reason: %+v", s)
		}
	}
	if !slices.Equal(ups, []uint64{1, 2, 3}) {
		t.Errorf("states: %+v", states)
	}
}

// TestKeeperSaysWhy asks for a connection where nobody listens.
func TestKeeperSaysWhy(t *testing.T) {
	h := newHost(t)
	<-h.done
	k := h.keep(KeeperOptions{})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := k.Connection(ctx)
	var transport *TransportError
	if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &transport) || transport.Stage != "dial" {
		t.Errorf("%v", err)
	}
	if s := k.State(); s.Up || s.Attempts < 2 || s.Err == nil {
		t.Errorf("%+v", s)
	}
	k.Close()
	if _, err := k.Connection(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := Keep(t.Context(), "http://x", nil, nil); err == nil {
		t.Error("a URI that no attempt can mend is taken")
	}
}

// TestKeeperEndsWithContext lets the context of Keep end.
func TestKeeperEndsWithContext(t *testing.T) {
	h := newHost(t, func(p *peer) { p.closeConnection() })
	ctx, cancel := context.WithCancelCause(t.Context())
	k, err := Keep(ctx, "amqp://"+h.l.Addr().String(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Connection(t.Context()); err != nil {
		t.Fatal(err)
	}
	enough := errors.New("enough")
	cancel(enough)
	<-k.Done()
	if _, err := k.Connection(t.Context()); !errors.Is(err, enough) {
		t.Errorf("%v", err)
	}
	checkLeaks(t)
}

// TestKeeperClosedFromOnState closes it from where it tells how it is doing.
func TestKeeperClosedFromOnState(t *testing.T) {
	h := newHost(t, func(p *peer) { p.closeConnection() })
	var k *Keeper
	ready := make(chan struct{})
	k = h.keep(KeeperOptions{OnState: func(KeeperState) {
		<-ready
		k.Close()
	}})
	close(ready)
	<-k.Done()
}

// TestKeptPublishes hangs up between publishes: what was not sent is sent on
// the next connection; setup runs on each.
func TestKeptPublishes(t *testing.T) {
	setups := 0
	took := make(chan string, 10)
	take := func(p *peer) {
		p.openChannel(1)
		expect[QueuePurge](p, 1)
		p.send(1, &QueuePurgeOK{})
		took <- expect[BasicPublish](p, 1).RoutingKey
	}
	h := newHost(t, take, take, take)
	ch := h.keep(KeeperOptions{}).Channel(func(ctx context.Context, ch *Channel) error {
		setups++
		_, err := ch.PurgeQueue(ctx, "q", nil)
		return err
	}, nil)
	for i := range 3 {
		if err := ch.Publish(t.Context(), "x", fmt.Sprint(i), Message{}, nil); err != nil {
			t.Fatal(err)
		}
		if key := <-took; key != fmt.Sprint(i) {
			t.Errorf("message %s where %d is due", key, i)
		}
		<-ch.current.Done()
	}
	if setups != 3 {
		t.Errorf("set up %d times", setups)
	}
}

// TestKeptSetupFails refuses the first setup, and then every one.
func TestKeptSetupFails(t *testing.T) {
	h := newHost(t, func(p *peer) {
		for asked := 0; ; {
			f, err := ReadFrame(p.nc, 1<<20)
			if err != nil {
				return
			}
			switch methodIDOf(f.Payload) {
			case ChannelOpen{}.ID():
				p.send(f.Channel, &ChannelOpenOK{})
			case QueuePurge{}.ID():
				if asked++; asked == 2 {
					p.send(f.Channel, &QueuePurgeOK{})
				} else {
					p.send(f.Channel, &ChannelClose{ReplyCode: ReplyNotFound, ReplyText: "no queue"})
				}
			case ConnectionClose{}.ID():
				p.send(0, &ConnectionCloseOK{})
			}
		}
	})
	k := h.keep(KeeperOptions{})
	setup := func(ctx context.Context, ch *Channel) error {
		_, err := ch.PurgeQueue(ctx, "q", nil)
		return err
	}
	if _, err := k.Channel(setup, nil).Channel(t.Context()); err != nil {
		t.Errorf("the second attempt: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := k.Channel(setup, nil).Channel(ctx); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ReplyNotFound) {
		t.Errorf("no attempt: %v", err)
	}
}

// TestKeptSetupInTime has a setup end with its context, before a server that
// says nothing more: nobody waits for it to agree to a close.
func TestKeptSetupInTime(t *testing.T) {
	h := newHost(t, func(p *peer) {
		p.openChannel(1)
		expect[QueuePurge](p, 1)
		expect[ChannelClose](p, 1)
		p.closeConnection()
	})
	setup := func(ctx context.Context, ch *Channel) error {
		_, err := ch.PurgeQueue(ctx, "q", nil)
		return err
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := h.keep(KeeperOptions{}).Channel(setup, nil).Channel(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestR12_KeptPublishOfUnknownFate is hung up on before the confirm comes: the
// caller hears so, or, by its own choice, has the message published again. The
// trouble that it prevents: what was on its way when the link was lost was lost,
// or sent twice unasked.
func TestR12_KeptPublishOfUnknownFate(t *testing.T) {
	open := func(p *peer) {
		p.openChannel(1)
		expect[ConfirmSelect](p, 1)
		p.send(1, &ConfirmSelectOK{})
		p.published(1)
	}
	h := newHost(t, open, open, func(p *peer) {
		open(p)
		p.send(1, &BasicAck{DeliveryTag: 1})
		p.published(1)
		p.send(1, &BasicNack{DeliveryTag: 2})
		p.published(1)
		p.send(1, &ChannelClose{ReplyCode: ReplyNotFound, ClassID: 60, MethodID: 40})
		expect[ChannelCloseOK](p, 1)
		p.closeConnection()
	})
	ch := h.keep(KeeperOptions{}).Channel(func(ctx context.Context, ch *Channel) error {
		return ch.SelectConfirm(ctx, nil)
	}, nil)
	if err := ch.PublishConfirm(t.Context(), "x", "k", Message{}, nil); sentOf(err) != MaybeSent {
		t.Errorf("of unknown fate: %v", err)
	}
	if err := ch.PublishAtLeastOnce(t.Context(), "x", "k", Message{}, nil); err != nil {
		t.Errorf("at least once: %v", err)
	}
	if err := ch.PublishAtLeastOnce(t.Context(), "x", "k", Message{}, nil); !errors.Is(err, ErrNacked) {
		t.Errorf("nacked: %v", err)
	}
	if err := ch.PublishAtLeastOnce(t.Context(), "x", "k", Message{}, nil); !errors.Is(err, ReplyNotFound) {
		t.Errorf("refused: %v", err)
	}
}

// TestR12_KeptConsumes goes on over the next connection, where an old delivery
// cannot be settled, and ends when the server refuses the consumer. The trouble
// that it prevents: after a reconnect an ack of an old delivery settled another
// message.
func TestR12_KeptConsumes(t *testing.T) {
	start := func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "c")
		p.deliver(1, "c", 1, 2)
	}
	h := newHost(t, func(p *peer) {
		start(p)
		expect[BasicAck](p, 1)
	}, func(p *peer) {
		start(p)
		expect[BasicAck](p, 1)
		p.send(1, &ChannelClose{ReplyCode: ReplyNotAllowed})
		expect[ChannelCloseOK](p, 1)
		p.openChannel(1)
		expect[BasicQos](p, 1)
		p.send(1, &BasicQosOK{})
		expect[BasicConsume](p, 1)
		p.send(1, &ChannelClose{ReplyCode: ReplyNotFound, ClassID: 60, MethodID: 20})
		expect[ChannelCloseOK](p, 1)
		p.closeConnection()
	})
	ch := h.keep(KeeperOptions{}).Channel(nil, nil)
	var old *Delivery
	var epochs []uint64
	for d, err := range ch.Consume(t.Context(), "q", nil) {
		if err != nil {
			if !errors.Is(err, ReplyNotFound) {
				t.Errorf("ended by %v", err)
			}
			break
		}
		epochs = append(epochs, d.Epoch())
		if old != nil && old.Epoch() != d.Epoch() {
			if err := old.Ack(t.Context()); sentOf(err) != NotSent {
				t.Errorf("settling a delivery of a connection that is gone: %v", err)
			}
		}
		if d.DeliveryTag == 2 {
			if err := d.Ack(t.Context()); err != nil {
				t.Error(err)
			}
			<-d.channel.Done() // so that no further delivery is missed
			continue
		}
		old = &d
	}
	if !slices.Equal(epochs, []uint64{1, 1, 2, 2}) {
		t.Errorf("deliveries over connections %v", epochs)
	}
}

// TestKeptHandles does the same with a handler, which then says stop.
func TestKeptHandles(t *testing.T) {
	start := func(p *peer, last int) {
		p.openChannel(1)
		p.startConsumer(1, "c")
		p.deliver(1, "c", 1, last)
	}
	h := newHost(t, func(p *peer) { start(p, 1) }, func(p *peer) {
		start(p, 2)
		expect[BasicAck](p, 1)
		expect[BasicAck](p, 1)
		p.endConsumer(1, "c")
		p.closeConnection()
	})
	ch := h.keep(KeeperOptions{}).Channel(nil, nil)
	err := ch.Handle(t.Context(), "q", func(ctx context.Context, d *Delivery) error {
		if d.Epoch() == 1 {
			<-d.channel.Done()
		}
		if d.DeliveryTag == 2 {
			return ErrStop
		}
		return nil
	}, nil)
	if err != nil {
		t.Error(err)
	}
}

// TestKeeperShutdown drains, and dials no more.
func TestKeeperShutdown(t *testing.T) {
	h := newHost(t, func(p *peer) {
		p.openChannel(1)
		expect[BasicPublish](p, 1)
		p.closeConnection()
	})
	k := h.keep(KeeperOptions{})
	if err := k.Channel(nil, nil).Publish(t.Context(), "x", "k", Message{}, nil); err != nil {
		t.Fatal(err)
	}
	if err := k.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	<-k.Done()
	if s := k.State(); s.Up || s.Epoch != 1 || !errors.Is(s.Err, ErrClosed) {
		t.Errorf("%+v", s)
	}
}

// TestTopology declares all anew on each connection; a queue without a name
// gets another one.
func TestTopology(t *testing.T) {
	hangUp := make(chan struct{})
	declare := func(name string) func(p *peer) {
		return func(p *peer) {
			p.openChannel(1)
			if m := expect[ExchangeDeclare](p, 1); m.Exchange != "x" || !m.Durable {
				p.fatalf("%v", m)
			}
			p.send(1, &ExchangeDeclareOK{})
			if m := expect[QueueDeclare](p, 1); m.Queue != "" || !m.Exclusive {
				p.fatalf("%v", m)
			}
			p.send(1, &QueueDeclareOK{Queue: name})
			if m := expect[QueueBind](p, 1); m.Queue != name || m.Exchange != "x" || m.RoutingKey != "k" {
				p.fatalf("%v", m)
			}
			p.send(1, &QueueBindOK{})
			<-hangUp
		}
	}
	h := newHost(t, declare("one"), declare("two"))
	var top Topology
	top.Exchange("x", &ExchangeOptions{Durable: true})
	o := &QueueOptions{Exclusive: true}
	q := top.Queue("", o)
	o.Exclusive = false // which is ours again
	top.Bind(q, "x", "k", nil)
	ch := h.keep(KeeperOptions{}).Channel(top.Declare, nil)
	for _, name := range []string{"one", "two"} {
		got, err := ch.Channel(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if q.Name() != name {
			t.Errorf("the queue is called %q instead of %q", q.Name(), name)
		}
		hangUp <- struct{}{}
		<-got.Done()
	}
}

// TestBackoff is held to its bounds.
func TestBackoff(t *testing.T) {
	b := backoff{first: time.Millisecond, most: 100 * time.Millisecond}
	for b.failures = 1; b.failures < 100; b.failures++ {
		most := min(time.Millisecond<<min(b.failures-1, 10), b.most)
		for range 20 {
			if d := b.delay(); d < most/2 || d > most {
				t.Errorf("after %d failures: %v, not from %v to %v", b.failures, d, most/2, most)
			}
		}
	}
}

// TestKeeperClosedFromItsHook closes it from where it waits for a function of
// the program.
func TestKeeperClosedFromItsHook(t *testing.T) {
	start := time.Now()
	closed := make(chan error, 1)
	var k *Keeper
	ready := make(chan struct{})
	config := &Config{Hooks: Hooks{Connect: func(ctx context.Context, _ string) (context.Context, func(error)) {
		<-ready
		closed <- k.Close()
		return ctx, nil
	}}}
	k, err := Keep(t.Context(), "amqp://127.0.0.1:1", config, nil)
	if err != nil {
		t.Fatal(err)
	}
	close(ready)
	select {
	case err := <-closed:
		if took := time.Since(start); sentOf(err) != MaybeSent || took > 3*time.Second {
			t.Errorf("after %v: %v", took, err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("it waits for itself")
	}
	<-k.Done()
}
