package broker_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

func TestMessageComesBackAsSent(t *testing.T) {
	b := start(t)
	ctx := within(t)
	for _, size := range []int{0, 1, 4088, 4089, 200_000, 3 << 20} {
		ch := open(t, dial(t, b, &amqp08.Config{FrameMax: 4096}))
		queue := declare(t, ch, "", nil)
		if !strings.HasPrefix(queue, "amq.gen-") {
			t.Errorf("a queue named by the server is called %s", queue)
		}
		m := amqp08.Message{Body: []byte(strings.Repeat("x", size))}
		m.ContentType, m.Priority, m.Headers = "text/plain", 3, amqp08.NewTable(amqp08.Entry{Name: "n", Value: int32(7)})
		ok(t, ch.Publish(ctx, "", queue, m, nil))
		d := get(t, ch, queue)
		same(t, "size", len(d.Body), size)
		same(t, "content type", d.ContentType, "text/plain")
		same(t, "headers", d.Headers, m.Headers)
		same(t, "key", d.RoutingKey, queue)
		ok(t, d.Ack(ctx))
		same(t, "messages", count(t, ch, queue), 0)
	}
}

func TestRouting(t *testing.T) {
	ch := open(t, dial(t, start(t), nil))
	ctx := within(t)
	for i, test := range []struct {
		exchange, pattern, key string
		routed                 bool
	}{
		{"amq.direct", "a", "a", true},
		{"amq.direct", "a", "b", false},
		{"amq.fanout", "a", "b", true},
		{"amq.topic", "a.*.c", "a.b.c", true},
		{"amq.topic", "a.*.c", "a.c", false},
		{"amq.topic", "a.#.c", "a.c", true},
		{"amq.topic", "a.#.c", "a.b.b.c", true},
		{"amq.topic", "a.#.c", "a.b.b", false},
		{"amq.topic", "#", "", true},
		{"amq.topic", "*", "", false},
		{"amq.topic", "#.#.b", "a.b", true},
	} {
		queue := declare(t, ch, fmt.Sprintf("q%d", i), &amqp08.QueueOptions{Exclusive: true})
		ok(t, ch.BindQueue(ctx, queue, test.exchange, test.pattern, nil))
		ok(t, ch.BindQueue(ctx, queue, test.exchange, test.pattern, nil)) // twice is once
		publish(t, ch, test.exchange, test.key, "x")
		same(t, fmt.Sprint(test), count(t, ch, queue) == 1, test.routed)
		_, err := ch.DeleteQueue(ctx, queue, nil)
		ok(t, err)
	}
}

func TestDefaultsToLastQueue(t *testing.T) {
	ch := open(t, dial(t, start(t), nil))
	ctx := within(t)
	queue := declare(t, ch, "", nil)
	ok(t, ch.BindQueue(ctx, "", "amq.direct", "", nil))
	publish(t, ch, "amq.direct", queue, "x", "y")
	same(t, "body", string(get(t, ch, "").Body), "x")
	n, err := ch.PurgeQueue(ctx, "", nil)
	ok(t, err)
	same(t, "purged", n, 1)
}

func TestAutoDelete(t *testing.T) {
	conn := dial(t, start(t), nil)
	ctx := within(t)
	ch := open(t, conn)
	ok(t, ch.DeclareExchange(ctx, "x", &amqp08.ExchangeOptions{AutoDelete: true}))
	queue := declare(t, ch, "q", &amqp08.QueueOptions{AutoDelete: true})
	ok(t, ch.BindQueue(ctx, queue, "x", "k", nil))
	publish(t, ch, "x", "k", "only")
	for d, err := range ch.Consume(ctx, queue, nil) {
		ok(t, err)
		ok(t, d.Ack(ctx))
		break
	}
	_, err := ch.DeclareQueue(ctx, queue, &amqp08.QueueOptions{Passive: true})
	refused(t, err, amqp08.ScopeChannel, amqp08.ReplyNotFound)
	err = open(t, conn).DeclareExchange(ctx, "x", &amqp08.ExchangeOptions{Passive: true})
	refused(t, err, amqp08.ScopeChannel, amqp08.ReplyNotFound)
}

func TestExclusive(t *testing.T) {
	b := start(t)
	ctx := within(t)
	owner, other := dial(t, b, nil), dial(t, b, nil)
	declare(t, open(t, owner), "mine", &amqp08.QueueOptions{Exclusive: true})
	_, _, err := open(t, other).Get(ctx, "mine", nil)
	refused(t, err, amqp08.ScopeChannel, amqp08.ReplyResourceLocked)
	ok(t, owner.Close())
	eventually(t, "the owner's end deletes the queue", func() bool {
		_, err := open(t, other).DeclareQueue(ctx, "mine", &amqp08.QueueOptions{Passive: true})
		return err != nil && strings.Contains(err.Error(), "NOT_FOUND")
	})
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 200 {
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("not within two seconds: %s", what)
}

func TestReturn(t *testing.T) {
	conn := dial(t, start(t), nil)
	ctx := within(t)
	returns := make(chan amqp08.Return, 1)
	ch, err := conn.ChannelWithEvents(ctx, &amqp08.ChannelEvents{OnReturn: func(r amqp08.Return) { returns <- r }})
	ok(t, err)
	queue := declare(t, ch, "", nil)
	mandatory := &amqp08.PublishOptions{Mandatory: true}
	ok(t, ch.Publish(ctx, "", queue, amqp08.Message{Body: []byte("stays")}, mandatory))
	ok(t, ch.Publish(ctx, "amq.topic", "nowhere", amqp08.Message{Body: []byte("returns")}, mandatory))
	r := <-returns
	same(t, "code", r.Code, 312)
	same(t, "text", r.Text, "NO_ROUTE")
	same(t, "body", string(r.Body), "returns")
	same(t, "where", r.Exchange+" "+r.RoutingKey, "amq.topic nowhere")
}

func TestQueueDeletedUnderItsConsumer(t *testing.T) {
	conn := dial(t, start(t), nil)
	ctx := within(t)
	ch, other := open(t, conn), open(t, conn)
	queue := declare(t, ch, "", nil)
	publish(t, ch, "", queue, "x")
	var end error
	for _, err := range ch.Consume(ctx, queue, nil) {
		if end = err; err == nil {
			_, err = other.DeleteQueue(ctx, queue, nil)
			ok(t, err)
		}
	}
	if _, is := asCancelled(end); !is {
		t.Errorf("the loop ends with %v", end)
	}
}
