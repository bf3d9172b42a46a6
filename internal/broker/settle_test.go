package broker_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

func TestPrefetch(t *testing.T) {
	conn := dial(t, start(t), nil)
	ctx := within(t)
	ch, watch := open(t, conn), open(t, conn)
	queue := declare(t, ch, "", nil)
	publish(t, ch, "", queue, "0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
	next := 0
	for d, err := range ch.Consume(ctx, queue, &amqp08.ConsumeOptions{Prefetch: 3}) {
		ok(t, err)
		same(t, "body", string(d.Body), fmt.Sprint(next))
		if want := uint32(max(10-3-next, 0)); count(t, watch, queue) != want {
			t.Errorf("at %d there are %d ready; want %d", next, count(t, watch, queue), want)
		}
		ok(t, d.Ack(ctx))
		ok(t, ch.Qos(ctx, 3, nil)) // a round trip: the acknowledgement is there
		if next++; next == 10 {
			break
		}
	}
}

func TestNoAckFasterThanItsReader(t *testing.T) {
	b := start(t)
	ctx := within(t)
	const messages, size = 2000, 10_000
	in, out := open(t, dial(t, b, nil)), open(t, dial(t, b, nil))
	queue := declare(t, in, "", nil)
	go func() {
		for range messages {
			in.Publish(ctx, "", queue, amqp08.Message{Body: make([]byte, size)}, nil)
		}
	}()
	n := 0
	for d, err := range out.Consume(ctx, queue, &amqp08.ConsumeOptions{NoAck: true, MaxBuffered: 100_000}) {
		ok(t, err)
		if n%500 == 0 {
			time.Sleep(20 * time.Millisecond)
		}
		same(t, "size", len(d.Body), size)
		if n++; n == messages {
			break
		}
	}
}

func TestManyWorkers(t *testing.T) {
	b := start(t)
	ctx := within(t)
	const workers, messages = 8, 2000
	setup := open(t, dial(t, b, nil))
	queue := declare(t, setup, "", nil)
	var mu sync.Mutex
	seen := map[string]bool{}
	enough, cancel := context.WithCancel(ctx)
	defer cancel()
	var group sync.WaitGroup
	for range workers {
		ch := open(t, dial(t, b, nil))
		group.Go(func() {
			ch.Handle(enough, queue, func(_ context.Context, d *amqp08.Delivery) error {
				mu.Lock()
				defer mu.Unlock()
				if seen[string(d.Body)] = true; len(seen) == messages {
					cancel()
				}
				return nil
			}, &amqp08.ConsumeOptions{Concurrency: 2, Prefetch: 5})
		})
	}
	for i := range messages {
		publish(t, setup, "", queue, fmt.Sprint(i))
	}
	group.Wait()
	same(t, "messages", len(seen), messages)
	same(t, "left", count(t, setup, queue), 0)
}

func TestRedelivery(t *testing.T) {
	for name, giveUp := range map[string]func(*testing.T, *amqp08.Connection, *amqp08.Channel, []amqp08.Delivery){
		"requeue": func(t *testing.T, _ *amqp08.Connection, _ *amqp08.Channel, ds []amqp08.Delivery) {
			for i := range slices.Backward(ds) {
				ok(t, ds[i].Requeue(within(t)))
			}
		},
		"recover": func(t *testing.T, _ *amqp08.Connection, ch *amqp08.Channel, _ []amqp08.Delivery) {
			ok(t, ch.Recover(within(t)))
		},
		"channel": func(t *testing.T, _ *amqp08.Connection, ch *amqp08.Channel, _ []amqp08.Delivery) { ok(t, ch.Close()) },
		"connection": func(t *testing.T, conn *amqp08.Connection, _ *amqp08.Channel, _ []amqp08.Delivery) {
			ok(t, conn.Close())
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t)
			conn, other := dial(t, b, nil), open(t, dial(t, b, nil))
			ch := open(t, conn)
			queue := declare(t, ch, "q", nil)
			publish(t, ch, "", queue, "a", "b", "c")
			giveUp(t, conn, ch, []amqp08.Delivery{get(t, ch, queue), get(t, ch, queue)})
			eventually(t, "all are back", func() bool { return count(t, other, queue) == 3 })
			for _, want := range []string{"a", "b", "c"} {
				d := get(t, other, queue)
				same(t, "body", string(d.Body), want)
				same(t, "redelivered", d.Redelivered, want != "c")
			}
		})
	}
}

func TestSettling(t *testing.T) {
	ch := open(t, dial(t, start(t), nil))
	ctx := within(t)
	queue := declare(t, ch, "", nil)
	publish(t, ch, "", queue, "a", "b", "c", "d", "e")
	for range 2 {
		get(t, ch, queue)
	}
	c := get(t, ch, queue)
	ok(t, c.AckMultiple(ctx))
	d := get(t, ch, queue)
	ok(t, d.Reject(ctx))
	e := get(t, ch, queue)
	same(t, "behind the last", e.MessageCount, 0)
	ok(t, ch.BasicAck(ctx, amqp08.BasicAck{Multiple: true})) // tag 0: all
	ok(t, ch.BasicAck(ctx, amqp08.BasicAck{Multiple: true})) // none is fine
	ok(t, ch.Recover(ctx))
	same(t, "left", count(t, ch, queue), 0)
	ok(t, ch.BasicAck(ctx, amqp08.BasicAck{DeliveryTag: 77}))
	<-ch.Done()
	refused(t, ch.Err(), amqp08.ScopeChannel, 406)
}

func TestTransaction(t *testing.T) {
	conn := dial(t, start(t), nil)
	ctx := within(t)
	tx, plain := open(t, conn), open(t, conn)
	queue := declare(t, plain, "", nil)
	publish(t, plain, "", queue, "old")
	ok(t, tx.SelectTx(ctx))
	d := get(t, tx, queue)
	ok(t, d.Ack(ctx))
	publish(t, tx, "", queue, "new")
	ok(t, tx.RollbackTx(ctx))
	same(t, "after rollback", count(t, plain, queue), 0) // old is not settled, new never was
	ok(t, tx.BasicAck(ctx, amqp08.BasicAck{DeliveryTag: d.DeliveryTag}))
	publish(t, tx, "", queue, "newer")
	same(t, "before commit", count(t, plain, queue), 0)
	ok(t, tx.CommitTx(ctx))
	same(t, "after commit", count(t, plain, queue), 1)
	ok(t, tx.Close())
	same(t, "body", string(get(t, plain, queue).Body), "newer")
	refused(t, plain.CommitTx(ctx), amqp08.ScopeChannel, 406)
}
