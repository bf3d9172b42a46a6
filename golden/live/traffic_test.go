package live

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
	"github.com/amqpgen/amqpgen/generated/rabbitmq"
	"github.com/amqpgen/amqpgen/internal/ledger"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

// traffic is the load under which a broker is hurt: three publishers and a
// consumer of one durable queue, over connections that are kept. Each message is
// entered into a ledger on disk.
type traffic struct {
	t      *testing.T
	ctx    context.Context
	queue  string
	path   string
	ledger *ledger.Ledger
	keeper *rabbitmq.Keeper
	old    *amqp08.Keeper // nil without transactions

	arguments rabbitmq.Table // of the queue
	fallible  bool           // the queue may refuse messages

	confirms chan time.Time // of late, without waiting for whoever reads it

	mu   sync.Mutex
	ends []error // of the connections of keeper

	working    context.CancelFunc
	publishers sync.WaitGroup
	lasting    context.CancelFunc
	last       sync.WaitGroup
	consuming  context.CancelFunc
	consumer   sync.WaitGroup
}

// mostDelay is the cap of the keepers' back-off.
const mostDelay = 50 * time.Millisecond

// load starts the traffic over a queue with the test's name.
func load(t *testing.T, node *rabbit.Node, heartbeat time.Duration) *traffic {
	t.Helper()
	l := newTraffic(t, node.URI(), &rabbitmq.Config{Heartbeat: heartbeat})
	var err error
	l.old, err = amqp08.Keep(l.ctx, node.URI(), &amqp08.Config{Heartbeat: heartbeat}, &amqp08.KeeperOptions{MostDelay: mostDelay})
	must(t, err)
	l.start()
	return l
}

// newTraffic keeps a connection and begins a ledger.
func newTraffic(t *testing.T, uri string, config *rabbitmq.Config) *traffic {
	t.Helper()
	l := &traffic{t: t, ctx: t.Context(), queue: t.Name(), path: filepath.Join(t.TempDir(), "ledger"), confirms: make(chan time.Time, 1)}
	var err error
	l.ledger, err = ledger.Create(l.path)
	must(t, err)
	l.keeper, err = rabbitmq.Keep(l.ctx, uri, config, &rabbitmq.KeeperOptions{MostDelay: mostDelay, OnState: l.onState})
	must(t, err)
	return l
}

func (l *traffic) onState(s rabbitmq.KeeperState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !s.Up && s.Attempts == 0 {
		l.ends = append(l.ends, s.Err)
	}
}

// start begins to publish and to consume. The publisher that is certain to
// publish again what is unknown ends last: what it publishes then comes after
// everything else.
func (l *traffic) start() {
	var working, lasting, consuming context.Context
	l.t.Cleanup(l.halt) // of a test that has failed
	working, l.working = context.WithCancel(l.ctx)
	lasting, l.lasting = context.WithCancel(l.ctx)
	consuming, l.consuming = context.WithCancel(l.ctx)
	l.consumer.Go(func() { l.consume(consuming) })
	l.last.Go(func() { l.publishSurely(lasting) })
	l.publishers.Go(func() { l.publishMany(working) })
	if l.old != nil {
		l.publishers.Go(func() { l.publishTx(working) })
	}
}

// resolve enters what a publish has ended with.
func (l *traffic) resolve(m ledger.Message, err error) {
	event := ledger.Unknown
	var op *rabbitmq.OpError
	var old *amqp08.OpError
	switch {
	case err == nil:
		event = ledger.Confirmed
		if m.Publisher != transactions {
			l.confirm()
		}
	case errors.As(err, &op) && op.Sent == rabbitmq.NotSent, errors.As(err, &old) && old.Sent == amqp08.NotSent:
		event = ledger.Unsent
	case errors.As(err, &op) && op.Sent == rabbitmq.WasSent, errors.As(err, &old) && old.Sent == amqp08.WasSent:
		event = ledger.Refused
	}
	l.enter(event, m, 0)
}

// confirm tells whoever waits that a confirm has come.
func (l *traffic) confirm() {
	select {
	case l.confirms <- time.Now():
	default:
	}
}

// firstConfirm waits for the first confirm after a moment.
func (l *traffic) firstConfirm(after time.Time) time.Time {
	l.t.Helper()
	timeout := time.After(time.Minute)
	for {
		select {
		case at := <-l.confirms:
			if at.After(after) {
				return at
			}
		case <-timeout:
			l.t.Fatalf("no confirm for a minute; the keeper: %+v", l.keeper.State())
		}
	}
}

func (l *traffic) enter(event ledger.Event, m ledger.Message, epoch uint64) {
	if err := l.ledger.Enter(ledger.Record{Event: event, Message: m, Epoch: epoch}); err != nil {
		l.t.Error(err)
	}
}

// finish ends the traffic once all that was confirmed has come, and weighs it.
func (l *traffic) finish() *ledger.Report {
	l.t.Helper()
	l.working()
	l.publishers.Wait()
	l.lasting()
	l.last.Wait()
	l.drain()
	l.consuming()
	l.consumer.Wait()
	must(l.t, l.keeper.Close(), l.ledger.Close())
	if l.old != nil {
		must(l.t, l.old.Close())
	}
	r, err := ledger.Check(l.path)
	must(l.t, err)
	if err := r.Err(); err != nil {
		l.t.Error(err)
	}
	if r.Refused > 0 && !l.fallible {
		l.t.Errorf("%d messages were refused", r.Refused)
	}
	return r
}

// halt waits until nobody uses the test any more, whose context has ended.
func (l *traffic) halt() {
	l.publishers.Wait()
	l.last.Wait()
	l.consumer.Wait()
}

// drain waits until nothing is missing, ten seconds at most.
func (l *traffic) drain() {
	for range 50 {
		r, err := ledger.Check(l.path)
		must(l.t, err)
		if len(r.Lost) == 0 {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// endedBy wants each end of a connection so far to be of a kind, and at least n.
func (l *traffic) endedBy(n int, kind func(error) bool) {
	l.t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.ends) < n {
		l.t.Errorf("%d connections have ended, want %d", len(l.ends), n)
	}
	if i := slices.IndexFunc(l.ends, func(err error) bool { return !kind(err) }); i >= 0 {
		l.t.Errorf("connection %d has ended by %v", i, l.ends[i])
	}
}
