package live

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

// busy keeps a connection publishing, calling and consuming until each of
// them ends, and returns their errors.
func busy(t *testing.T, conn *amqp08.Connection) (wait func() []error) {
	t.Helper()
	setup := open(t, conn, nil)
	q, err := setup.DeclareQueue(bounded(t), "", nil)
	must(t, err)
	var mu sync.Mutex
	var errs []error
	var group sync.WaitGroup
	keep := func(do func(*amqp08.Channel) error) {
		ch := open(t, conn, nil)
		group.Go(func() {
			var err error
			for err == nil {
				err = do(ch)
			}
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
		})
	}
	ctx := context.Background()
	keep(func(ch *amqp08.Channel) error {
		return ch.Publish(ctx, "", q.Name, amqp08.Message{Body: make([]byte, 1000)}, nil)
	})
	keep(func(ch *amqp08.Channel) error {
		return ch.Publish(ctx, "", q.Name, amqp08.Message{Body: make([]byte, 200_000)}, nil)
	})
	keep(func(ch *amqp08.Channel) error { return ch.BindQueue(ctx, q.Name, "amq.direct", "k", nil) })
	keep(func(ch *amqp08.Channel) error {
		for d, err := range ch.Consume(ctx, q.Name, nil) {
			if err != nil {
				return err
			}
			if err := d.Ack(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	time.Sleep(100 * time.Millisecond)
	return func() []error {
		done := make(chan struct{})
		go func() {
			group.Wait()
			close(done)
		}()
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			t.Fatal("somebody is still stuck")
		}
		return errs
	}
}

// TestBrokerIsKilled ends the broker in the middle of everything: everybody
// learns of it, with a transport error, and closing is quick.
func TestBrokerIsKilled(t *testing.T) {
	node := rabbit.Private(t)
	conn, err := amqp08.Dial(bounded(t), node.URI(), nil)
	must(t, err)
	wait := busy(t, conn)
	must(t, node.Kill())
	for _, err := range wait() {
		check(t, err, as[*amqp08.TransportError]())
	}
	<-conn.Done()
	check(t, conn.Err(), as[*amqp08.TransportError]())
	must(t, conn.Close())
	must(t, node.Restart(bounded(t)))
	again := dial(t, node, nil)
	open(t, again, nil)
}

// TestBrokerShutsDown has the broker say goodbye: everybody gets its word.
func TestBrokerShutsDown(t *testing.T) {
	node := rabbit.Private(t)
	conn, err := amqp08.Dial(bounded(t), node.URI(), nil)
	must(t, err)
	wait := busy(t, conn)
	go node.Stop()
	for _, err := range wait() {
		check(t, err, code(amqp08.ReplyConnectionForced), closes(amqp08.ScopeConnection))
	}
	<-conn.Done()
	check(t, conn.Err(), code(amqp08.ReplyConnectionForced))
}

// TestBrokerIsStopped stops the broker's process while all are at work, so
// that the kernel's buffers fill: each operation still returns in time.
func TestBrokerIsStopped(t *testing.T) {
	node := rabbit.Private(t)
	conn, err := amqp08.Dial(bounded(t), node.URI(), nil)
	must(t, err)
	wait := busy(t, conn)
	idle := open(t, conn, nil)
	must(t, node.Pause())
	defer node.Resume()
	time.Sleep(500 * time.Millisecond) // the buffers fill
	within := func(what string, limit time.Duration, do func(context.Context) error) {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		defer cancel()
		start := time.Now()
		err := do(ctx)
		if took := time.Since(start); err == nil || took > limit {
			t.Errorf("%s took %v and says %v", what, took, err)
		}
	}
	within("publish", time.Second, func(ctx context.Context) error {
		for {
			if err := idle.Publish(ctx, "", "k", amqp08.Message{Body: make([]byte, 1000)}, nil); err != nil {
				return err
			}
		}
	})
	within("call", time.Second, func(ctx context.Context) error {
		_, err := idle.PurgeQueue(ctx, "q", nil)
		return err
	})
	within("open", time.Second, func(ctx context.Context) error {
		_, err := conn.Channel(ctx)
		return err
	})
	within("channel close", 3*time.Second, func(context.Context) error { return idle.Close() })
	within("shutdown", 4*time.Second, conn.Shutdown)
	for _, err := range wait() {
		check(t, err, func(err error) bool { return errors.Is(err, amqp08.ErrClosed) })
	}
}

// TestHeartbeats agrees on a second with a broker that then stands still: the
// client notices, and a broker that lives keeps the connection up.
func TestHeartbeats(t *testing.T) {
	node := rabbit.Private(t)
	conn, err := amqp08.Dial(bounded(t), node.URI(), &amqp08.Config{Heartbeat: time.Second})
	must(t, err)
	if conn.Heartbeat() != time.Second {
		t.Fatalf("agreed on %v", conn.Heartbeat())
	}
	select {
	case <-conn.Done():
		t.Fatal(conn.Err())
	case <-time.After(5 * time.Second): // five intervals: the broker would have hung up
	}
	must(t, node.Pause())
	defer node.Resume()
	select {
	case <-conn.Done():
		check(t, conn.Err(), stage("heartbeat"))
	case <-time.After(5 * time.Second):
		t.Error("the client did not notice")
	}
}
