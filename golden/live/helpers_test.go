package live

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/amqpgen/amqpgen/generated/amqp08"
	"github.com/amqpgen/amqpgen/generated/rabbitmq"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

// TestExists asks for queues and exchanges of all kinds; the program's channel
// stays.
func TestExists(t *testing.T) {
	ctx, node := bounded(t), rabbit.ForTest(t)
	conn, other := dial(t, node, nil), dial(t, node, nil)
	ch := open(t, conn, nil)
	own := queue(t, ch)
	publish(t, ch, own, 3)
	must(t, ch.SelectTx(ctx), ch.CommitTx(ctx)) // a round trip: the messages are there
	locked := queue(t, open(t, other, nil))
	for name, exists := range map[string]bool{own: true, locked: true, "no such queue": false} {
		q, got, err := conn.QueueExists(ctx, name)
		if must(t, err); got != exists || got && q.Name != name || name == own && q.Messages != 3 {
			t.Errorf("queue %s: %+v, %v", name, q, got)
		}
	}
	for name, exists := range map[string]bool{"amq.topic": true, "amq.direct": true, "": true, "no such exchange": false} {
		got, err := conn.ExchangeExists(ctx, name)
		if must(t, err); got != exists {
			t.Errorf("exchange %s: %v", name, got)
		}
	}
	must(t, ch.Err(), conn.Err())
}

const callers = 100

// concurrently makes requests from many goroutines, and checks that each gets
// the reply to its own.
func concurrently(t *testing.T, request func(body []byte) ([]byte, error)) {
	t.Helper()
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() {
			body, err := request(fmt.Append(nil, i))
			if want := fmt.Sprintf("reply to %d", i); err != nil || string(body) != want {
				t.Errorf("got %q, %v; want %q", body, err, want)
			}
		})
	}
	group.Wait()
}

// TestRequestsOver08 has many callers ask one server, and then one ask nobody.
func TestRequestsOver08(t *testing.T) {
	ctx, node := bounded(t), rabbit.ForTest(t)
	server := open(t, dial(t, node, nil), nil)
	q := queue(t, server)
	var serving sync.WaitGroup
	serve, stop := context.WithCancel(ctx)
	serving.Go(func() {
		err := server.Handle(serve, q, func(ctx context.Context, d *amqp08.Delivery) error {
			return d.Reply(ctx, amqp08.Message{Body: append([]byte("reply to "), d.Body...)})
		}, nil)
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	defer serving.Wait()
	defer stop()
	client := dial(t, node, nil)
	for _, o := range []amqp08.RequesterOptions{{}, {DirectReplyTo: true}} {
		r, err := amqp08.NewRequester(ctx, client, &o)
		must(t, err)
		concurrently(t, func(body []byte) ([]byte, error) {
			reply, err := r.Request(ctx, "", q, amqp08.Message{Body: body})
			return reply.Body, err
		})
		_, err = r.Request(ctx, "", "no such queue", amqp08.Message{})
		if back := (*amqp08.ReturnedError)(nil); !errors.As(err, &back) || back.Return.Code != 312 {
			t.Errorf("to no queue: %v", err)
		}
		if n := r.Unclaimed(); n != 0 {
			t.Errorf("%d replies are unclaimed", n)
		}
		must(t, r.Close())
	}
}

// TestRequestsOverRabbitMQ does likewise, and then has the channel end.
func TestRequestsOverRabbitMQ(t *testing.T) {
	ctx, node := bounded(t), rabbit.ForTest(t)
	server, err := dialRabbitMQ(t, node).Channel(ctx)
	must(t, err)
	q, err := server.DeclareQueue(ctx, "", &rabbitmq.QueueOptions{Exclusive: true})
	must(t, err)
	var serving sync.WaitGroup
	serve, stop := context.WithCancel(ctx)
	serving.Go(func() {
		err := server.Handle(serve, q.Name, func(ctx context.Context, d *rabbitmq.Delivery) error {
			return d.Reply(ctx, rabbitmq.Message{Body: append([]byte("reply to "), d.Body...)})
		}, &rabbitmq.ConsumeOptions{Concurrency: 4})
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	defer serving.Wait()
	defer stop()
	client := dialRabbitMQ(t, node)
	for _, o := range []rabbitmq.RequesterOptions{{}, {DirectReplyTo: true}} {
		r, err := rabbitmq.NewRequester(ctx, client, &o)
		must(t, err)
		concurrently(t, func(body []byte) ([]byte, error) {
			reply, err := r.Request(ctx, "", q.Name, rabbitmq.Message{Body: body})
			return reply.Body, err
		})
		if _, err := r.Request(ctx, "no such exchange", "k", rabbitmq.Message{}); !errors.Is(err, rabbitmq.ReplyNotFound) {
			t.Errorf("to no exchange: %v", err)
		}
		must(t, r.Close())
	}
}
