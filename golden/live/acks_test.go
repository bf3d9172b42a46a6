package live

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

const manyMessages = 100_000

// filled declares a queue that outlives its connection and fills it.
func filled(t *testing.T, ch *amqp08.Channel, name string) {
	t.Helper()
	_, err := ch.DeclareQueue(bounded(t), name, nil)
	must(t, err)
	ctx := bounded(t)
	for range manyMessages {
		must(t, ch.Publish(ctx, "", name, amqp08.Message{Body: []byte("hello")}, nil))
	}
	awaitCount(t, ch, name, manyMessages)
}

// awaitCount waits until the queue holds just so many.
func awaitCount(t *testing.T, ch *amqp08.Channel, name string, want uint32) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); count(t, ch, name) != want; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s holds %d messages; it should be %d", name, count(t, ch, name), want)
		}
	}
}

func count(t *testing.T, ch *amqp08.Channel, name string) uint32 {
	t.Helper()
	q, err := ch.DeclareQueue(bounded(t), name, &amqp08.QueueOptions{Passive: true})
	must(t, err)
	return q.Messages
}

// handleMany handles messages until there are so many, with acks in batches,
// and returns how many it has handled without an error.
func handleMany(t *testing.T, ch *amqp08.Channel, name string, until int32) int32 {
	t.Helper()
	var handled atomic.Int32
	must(t, ch.Handle(bounded(t), name, func(context.Context, *amqp08.Delivery) error {
		if handled.Add(1) >= until {
			return amqp08.ErrStop
		}
		return nil
	}, &amqp08.ConsumeOptions{Prefetch: 500, AckEvery: 100, Concurrency: 4}))
	return handled.Load()
}

// TestBatchedAcks handles many messages whose acks leave together: none is left,
// and none comes twice.
func TestBatchedAcks(t *testing.T) {
	conn := dial(t, rabbit.ForTest(t), nil)
	ch := open(t, conn, nil)
	filled(t, ch, "batched")
	n := handleMany(t, ch, "batched", manyMessages)
	must(t, ch.Close())
	again := open(t, conn, nil)
	if left := count(t, again, "batched"); n != manyMessages || left != 0 {
		t.Errorf("%d handled, %d left", n, left)
	}
	_, err := again.DeleteQueue(bounded(t), "batched", nil)
	must(t, err)
}

// TestBatchedAcksBreak stops in the middle, in good order, and then by a cut: just
// what the server was not told of is there again.
func TestBatchedAcksBreak(t *testing.T) {
	node := rabbit.ForTest(t)
	watch := open(t, dial(t, node, nil), nil)
	filled(t, watch, "broken")
	ch := open(t, dial(t, node, nil), nil)
	n := uint32(handleMany(t, ch, "broken", manyMessages/2))
	must(t, ch.Close())
	awaitCount(t, watch, "broken", manyMessages-n)
	cutShort(t, node, "broken", 10_000)
	awaitCount(t, watch, "broken", manyMessages-n-10_000)
	_, err := watch.DeleteQueue(bounded(t), "broken", nil)
	must(t, err)
}

// cutShort acknowledges messages, sees to it that the server knows of them, and
// cuts the connection with a few more acknowledged.
func cutShort(t *testing.T, node *rabbit.Node, name string, known int) {
	t.Helper()
	nets := &severable{}
	conn, err := amqp08.Dial(bounded(t), node.URI(), &amqp08.Config{Dialer: nets.dial})
	must(t, err)
	ctx := bounded(t)
	ch, err := conn.Channel(ctx)
	must(t, err)
	acked := 0
	for d, err := range ch.Consume(ctx, name, &amqp08.ConsumeOptions{Prefetch: 500, AckEvery: 100, AckWithin: time.Hour}) {
		if err != nil {
			break
		}
		must(t, d.Ack(ctx))
		switch acked++; acked {
		case known:
			count(t, ch, name)
		case known + 50:
			nets.cut()
			<-conn.Done()
		}
	}
}
