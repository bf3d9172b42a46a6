package live

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/rabbitmq"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

// keepOverStops stops the broker's process, so that the kernel's buffers fill,
// until the heartbeats have told, and lets it go on.
func keepOverStops(t *testing.T, node *rabbit.Node) {
	l := load(t, node, beat)
	n := times(t, "stops", 1, 10)
	var late, dead, back spread
	for range n {
		l.firstConfirm(time.Now())
		v := newVictim(t, node)
		must(t, node.Pause())
		starved := startMeter()
		paused, died := time.Now(), v.death()
		calls := v.suffer(l)
		late = append(late, calls...)
		dead = append(dead, (<-died).Sub(paused))
		v.expectGone(t)
		expectInTime(t, calls, dead[len(dead)-1], starved())
		l.ended()
		must(t, node.Resume())
		resumed := time.Now()
		back = append(back, l.firstConfirm(resumed).Sub(resumed))
	}
	l.endedBy(n, isTransport)
	report(t, "%d cycles; %v; calls late: %v; declared dead after: %v; first confirm when it goes on: %v", n, l.finish(), late, dead, back)
}

// grace is how late a call may return, and a dead peer be declared dead.
const grace = 100 * time.Millisecond

// expectInTime wants no call to have returned late, and the connection to have
// ended in time. That the machine was too busy to run the test at times is not
// the client's fault.
func expectInTime(t *testing.T, late spread, dead, starved time.Duration) {
	t.Helper()
	for i, d := range late {
		if d > grace+starved {
			t.Errorf("call %d returned %v late", i, d)
		}
	}
	if dead < beat || dead > silence+grace+starved {
		t.Errorf("declared dead after %v, with heartbeats each %v", dead, beat)
	}
}

// startMeter measures how late the machine wakes up who sleeps. What it returns
// ends that and gives the worst.
func startMeter() (stop func() time.Duration) {
	const nap = time.Millisecond
	end, worst := make(chan struct{}), make(chan time.Duration)
	go func() {
		var most time.Duration
		for {
			start := time.Now()
			time.Sleep(nap)
			most = max(most, time.Since(start)-nap)
			select {
			case <-end:
				worst <- most
				return
			default:
			}
		}
	}()
	return func() time.Duration {
		close(end)
		return <-worst
	}
}

// beat is the interval of the heartbeats, the least there is. A peer that is
// silent for one and a half of them is dead; that is looked for twice in each.
const (
	beat    = time.Second
	silence = 2 * beat
)

// ended waits until the traffic's connection is known to be dead.
func (l *traffic) ended() {
	for l.keeper.State().Up {
		time.Sleep(5 * time.Millisecond)
	}
}

// victim is a connection to a broker that is about to be stopped.
type victim struct {
	node     *rabbit.Node
	conn     *rabbitmq.Connection
	nc       net.Conn
	channels chan *rabbitmq.Channel // those that nobody uses so far
	lending  *rabbitmq.Channel      // of a connection of its own: a lent body that is called back breaks it
}

func newVictim(t *testing.T, node *rabbit.Node) *victim {
	t.Helper()
	v := &victim{node: node, channels: make(chan *rabbitmq.Channel, 10)}
	config := &rabbitmq.Config{Heartbeat: beat, Dialer: func(ctx context.Context, network, address string) (net.Conn, error) {
		nc, err := new(net.Dialer).DialContext(ctx, network, address)
		v.nc = nc
		return nc, err
	}}
	v.conn = dialLabelled(t, node, config)
	expectServants(t, 3)
	for range cap(v.channels) {
		ch, err := v.conn.Channel(bounded(t))
		must(t, err, ch.SelectConfirm(bounded(t), nil))
		v.channels <- ch
	}
	other := dialRabbitMQ(t, node)
	var err error
	v.lending, err = other.Channel(bounded(t))
	must(t, err)
	return v
}

// patience is how long each call on a stopped broker is ready to wait: all are
// in vain before the heartbeats tell.
const patience = 400 * time.Millisecond

// closing is how long closing may take.
const closing = 2 * time.Second

// suffer makes all kinds of calls at once, and returns how late each one was.
func (v *victim) suffer(l *traffic) spread {
	calls := v.calls(l.confirming(), l.queue)
	late := make(spread, len(calls))
	var group sync.WaitGroup
	for i, do := range calls {
		group.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			start := time.Now()
			err := do(ctx)
			late[i] = max(0, time.Since(start)-patience)
			if !errors.Is(err, context.DeadlineExceeded) {
				l.t.Errorf("call %d on a stopped broker: %v", i, err)
			}
		})
	}
	group.Wait()
	return append(late, v.close(l.t))
}

// calls are what a program may wait in.
func (v *victim) calls(kept *rabbitmq.KeptChannel, queue string) []func(context.Context) error {
	publishing := func(ch *rabbitmq.Channel, octets int) func(context.Context) error {
		return func(ctx context.Context) (err error) {
			for err == nil {
				err = ch.Publish(ctx, "amq.direct", "nowhere", rabbitmq.Message{Body: make([]byte, octets)}, nil)
			}
			return err
		}
	}
	ch, confirmed, consuming := <-v.channels, <-v.channels, <-v.channels
	return []func(context.Context) error{
		publishing(<-v.channels, 100),
		publishing(<-v.channels, 10_000),
		publishing(v.lending, 200_000),
		func(ctx context.Context) error { return ch.PublishConfirm(ctx, "amq.direct", "nowhere", hello, nil) },
		func(ctx context.Context) error {
			_ = confirmed.Publish(ctx, "amq.direct", "nowhere", hello, nil)
			return confirmed.WaitConfirms(ctx)
		},
		func(ctx context.Context) error { _, err := ch.PurgeQueue(ctx, queue, nil); return err },
		func(ctx context.Context) error { _, err := v.conn.Channel(ctx); return err },
		func(ctx context.Context) error { _, err := rabbitmq.Dial(ctx, v.node.URI(), nil); return err },
		func(ctx context.Context) error { return kept.PublishConfirm(ctx, "amq.direct", "nowhere", hello, nil) },
		func(ctx context.Context) error {
			for _, err := range consuming.Consume(ctx, queue, nil) {
				return err
			}
			return nil
		},
	}
}

// close closes a channel, and returns how late that was.
func (v *victim) close(t *testing.T) time.Duration {
	ch := <-v.channels
	start := time.Now()
	if err := ch.Close(); err == nil && v.conn.Err() == nil {
		t.Error("a stopped broker agreed to a close")
	}
	return max(0, time.Since(start)-closing)
}

// death tells when the connection has found its peer dead.
func (v *victim) death() <-chan time.Time {
	died := make(chan time.Time, 1)
	go func() {
		<-v.conn.Done()
		died <- time.Now()
	}()
	return died
}

// expectGone wants the socket of a dead connection to be closed, and its
// goroutines to be gone within a second.
func (v *victim) expectGone(t *testing.T) {
	t.Helper()
	var transport *rabbitmq.TransportError
	if err := v.conn.Err(); !errors.As(err, &transport) || transport.Stage != "heartbeat" {
		t.Errorf("the connection has ended by %v", err)
	}
	if err := v.nc.SetDeadline(time.Now()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the socket is not closed: %v", err)
	}
	expectServants(t, 0)
}
