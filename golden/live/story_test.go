package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

// TestStory is the everyday story, with each of the mechanisms.
func TestStory(t *testing.T) {
	node := rabbit.ForTest(t)
	for _, mechanism := range []amqp08.Mechanism{amqp08.Plain{}, amqp08.AMQPlain{}} {
		t.Run(mechanism.Name(), func(t *testing.T) {
			ctx := bounded(t)
			conn := dial(t, node, &amqp08.Config{Mechanisms: []amqp08.Mechanism{mechanism}})
			ch := open(t, conn, nil)
			ticket, err := ch.RequestAccess(ctx, "/data", &amqp08.AccessOptions{Active: true, Read: true, Write: true})
			must(t, err)
			must(t, ch.DeclareExchange(ctx, "story", &amqp08.ExchangeOptions{Ticket: ticket, Type: "direct", Durable: true}))
			q, err := ch.DeclareQueue(ctx, "story", &amqp08.QueueOptions{Ticket: ticket, Durable: true, Arguments: amqp08.NewTable(
				amqp08.Entry{Name: "x-max-length", Value: 1000},
			)})
			must(t, err)
			must(t, ch.BindQueue(ctx, q.Name, "story", "key", nil))
			publishStory(t, ch)
			getStory(t, ch)
			consumeStory(t, ch)
			handleStory(t, ch)
			_, err = ch.DeleteQueue(ctx, "story", nil)
			must(t, err, ch.DeleteExchange(ctx, "story", nil), ch.Close())
		})
	}
}

const storyMessages = 100

func storyBody(i int) []byte {
	sizes := []int{0, 1, 100, 4000, 131063, 131064, 131065, 400000}
	return bytes.Repeat([]byte{byte(i)}, sizes[i%len(sizes)])
}

func publishStory(t *testing.T, ch *amqp08.Channel) {
	t.Helper()
	for i := range storyMessages {
		m := amqp08.Message{Body: storyBody(i)}
		m.ContentType = "application/octet-stream"
		m.DeliveryMode = 2
		m.MessageID = fmt.Sprint(i)
		m.Headers = amqp08.TableOf(map[string]any{"n": i, "nested": map[string]any{"list": []any{true, "x", 1.5}}})
		must(t, ch.Publish(bounded(t), "story", "key", m, nil))
	}
	must(t, ch.Flush(bounded(t)))
}

// checkStory holds a delivery to what was published.
func checkStory(t *testing.T, d *amqp08.Delivery, i int) {
	t.Helper()
	n, _ := d.Headers.Get("n")
	if d.MessageID != fmt.Sprint(i) || n != int32(i) || !bytes.Equal(d.Body, storyBody(i)) || d.DeliveryMode != 2 ||
		d.Exchange != "story" || d.RoutingKey != "key" {
		t.Fatalf("message %d: id %q, header %v, %d octets", i, d.MessageID, n, len(d.Body))
	}
}

func getStory(t *testing.T, ch *amqp08.Channel) {
	t.Helper()
	d, ok, err := ch.Get(bounded(t), "story", nil)
	must(t, err)
	if !ok || d.MessageCount != storyMessages-1 {
		t.Fatalf("got %v, %d left", ok, d.MessageCount)
	}
	checkStory(t, &d, 0)
	must(t, d.Requeue(bounded(t)))
}

// consumeStory takes a part in a loop that it breaks: the rest stays in its
// order for the next.
func consumeStory(t *testing.T, ch *amqp08.Channel) {
	t.Helper()
	next := 0
	for d, err := range ch.Consume(bounded(t), "story", &amqp08.ConsumeOptions{Prefetch: 30}) {
		must(t, err)
		checkStory(t, &d, next)
		must(t, d.Ack(bounded(t)))
		if next++; next == 50 {
			break
		}
	}
}

func handleStory(t *testing.T, ch *amqp08.Channel) {
	t.Helper()
	next := 50
	err := ch.Handle(bounded(t), "story", func(_ context.Context, d *amqp08.Delivery) error {
		checkStory(t, d, next)
		if next++; next == storyMessages {
			return amqp08.ErrStop
		}
		return nil
	}, nil)
	must(t, err)
	if _, ok, err := ch.Get(bounded(t), "story", nil); ok || err != nil {
		t.Fatalf("the queue should be empty: %v, %v", ok, err)
	}
}

// TestAcknowledgements settles deliveries in each way and looks at what the
// broker makes of it.
func TestAcknowledgements(t *testing.T) {
	ch := channel(t)
	q := queue(t, ch)
	publish(t, ch, q, 6)
	var held []amqp08.Delivery
	for range 6 {
		d, ok, err := ch.Get(bounded(t), q, nil)
		if !ok {
			t.Fatal(err)
		}
		held = append(held, d)
	}
	ctx := bounded(t)
	must(t, held[1].AckMultiple(ctx), held[2].Reject(ctx), held[3].Requeue(ctx), held[4].Ack(ctx))
	must(t, ch.Recover(ctx)) // brings the last one back
	var left []string
	for len(left) < 2 {
		d, ok, err := ch.Get(ctx, q, &amqp08.GetOptions{NoAck: true})
		must(t, err)
		if ok {
			left = append(left, string(d.Body))
			if !d.Redelivered {
				t.Errorf("%s was not redelivered", d.Body)
			}
		}
	}
	if slices.Sort(left); !slices.Equal(left, []string{"3", "5"}) {
		t.Errorf("left: %v", left)
	}
}

// TestTx commits and rolls back.
func TestTx(t *testing.T) {
	ch, ctx := channel(t), bounded(t)
	q := queue(t, ch)
	must(t, ch.SelectTx(ctx))
	publish(t, ch, q, 3)
	must(t, ch.RollbackTx(ctx))
	publish(t, ch, q, 2)
	must(t, ch.CommitTx(ctx))
	n, err := ch.PurgeQueue(ctx, q, nil)
	if must(t, err); n != 2 {
		t.Errorf("%d messages", n)
	}
}

// TestManyConsumers shares a queue between loops on several channels of one
// connection; every message is handled once.
func TestManyConsumers(t *testing.T) {
	const messages, consumers = 2000, 5
	conn := dial(t, rabbit.ForTest(t), nil)
	ch := open(t, conn, nil)
	q := queue(t, ch)
	seen := make(chan string, messages)
	ctx, cancel := context.WithCancelCause(bounded(t))
	enough := errors.New("enough")
	ends := make(chan error, consumers)
	for range consumers {
		c := open(t, conn, nil)
		go func() {
			ends <- c.Handle(ctx, q, func(_ context.Context, d *amqp08.Delivery) error {
				seen <- string(d.Body)
				return nil
			}, &amqp08.ConsumeOptions{Concurrency: 2, Prefetch: 10})
		}()
	}
	publish(t, ch, q, messages)
	got := map[string]int{}
	for range messages {
		select {
		case body := <-seen:
			got[body]++
		case <-ctx.Done():
			t.Fatalf("%d of %d messages", len(got), messages)
		}
	}
	cancel(enough)
	for range consumers {
		if err := <-ends; !errors.Is(err, enough) {
			t.Errorf("a consumer ended with %v", err)
		}
	}
	if len(got) != messages {
		t.Errorf("%d different messages", len(got))
	}
}

// TestShutdown drains: what was handled is acknowledged, the rest is in the
// queue again.
func TestShutdown(t *testing.T) {
	node := rabbit.ForTest(t)
	ch := channel(t)
	q, err := ch.DeclareQueue(bounded(t), "shutdown", nil)
	must(t, err)
	publish(t, ch, q.Name, 50)
	conn := dial(t, node, nil)
	handled := make(chan int, 1)
	started := make(chan struct{}, 50)
	worker := open(t, conn, nil)
	go func() {
		n := 0
		worker.Handle(context.Background(), q.Name, func(context.Context, *amqp08.Delivery) error {
			started <- struct{}{}
			time.Sleep(20 * time.Millisecond)
			n++
			return nil
		}, nil)
		handled <- n
	}()
	<-started
	<-started
	must(t, conn.Shutdown(bounded(t)))
	left, err := ch.DeleteQueue(bounded(t), q.Name, nil)
	if n := <-handled; err != nil || n < 2 || int(left) != 50-n {
		t.Errorf("%d handled, %d left, %v", n, left, err)
	}
}
