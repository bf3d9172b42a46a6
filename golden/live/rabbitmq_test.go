package live

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/rabbitmq"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

// dialRabbitMQ connects with the package of RabbitMQ's own 0-9-1.
func dialRabbitMQ(t *testing.T, node *rabbit.Node) *rabbitmq.Connection {
	t.Helper()
	conn, err := rabbitmq.Dial(bounded(t), node.URI(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return conn
}

// confirming opens a channel with confirms and declares a queue on it.
func confirming(t *testing.T, conn *rabbitmq.Connection, arguments map[string]any) (*rabbitmq.Channel, string) {
	t.Helper()
	ch, err := conn.Channel(bounded(t))
	if err != nil {
		t.Fatal(err)
	}
	must(t, ch.SelectConfirm(bounded(t), nil))
	table := rabbitmq.TableOf(arguments)
	q, err := ch.DeclareQueue(bounded(t), "", &rabbitmq.QueueOptions{Exclusive: true, Arguments: table})
	must(t, err)
	return ch, q.Name
}

var hello = rabbitmq.Message{Body: []byte("hello")}

// TestConfirms publishes many messages and has each confirmed, in the three
// ways of waiting.
func TestConfirms(t *testing.T) {
	ctx := bounded(t)
	ch, queue := confirming(t, dialRabbitMQ(t, rabbit.ForTest(t)), nil)
	must(t, ch.PublishConfirm(ctx, "", queue, hello, nil))
	var receipts []*rabbitmq.Receipt
	for range 5000 {
		r, err := ch.PublishReceipt(ctx, "", queue, hello, nil)
		must(t, err)
		receipts = append(receipts, r)
	}
	for i, r := range receipts {
		if err := r.Wait(ctx); err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
	}
	for range 5000 {
		must(t, ch.Publish(ctx, "", queue, hello, nil))
	}
	must(t, ch.WaitConfirms(ctx))
	n, err := ch.PurgeQueue(ctx, queue, nil)
	if must(t, err); n != 10001 {
		t.Errorf("%d messages are in the queue", n)
	}
}

// TestRefusedPublishes has one message nacked by a full queue, another
// returned for want of a queue, and a third lost with its channel.
func TestRefusedPublishes(t *testing.T) {
	ctx := bounded(t)
	ch, queue := confirming(t, dialRabbitMQ(t, rabbit.ForTest(t)), map[string]any{"x-max-length": 1, "x-overflow": "reject-publish"})
	must(t, ch.PublishConfirm(ctx, "", queue, hello, nil))
	if err := ch.PublishConfirm(ctx, "", queue, hello, nil); !errors.Is(err, rabbitmq.ErrNacked) {
		t.Errorf("to a full queue: %v", err)
	}
	var back *rabbitmq.ReturnedError
	m := hello
	m.Headers, m.MessageID = rabbitmq.TableOf(map[string]any{"k": int64(1) << 40}), "id"
	err := ch.PublishConfirm(ctx, "", "no such queue", m, &rabbitmq.PublishOptions{Mandatory: true})
	if !errors.As(err, &back) || !errors.Is(err, rabbitmq.ReplyNoRoute) || back.Return.MessageID != "id" {
		t.Errorf("to no queue: %v", err)
	}
	err = ch.PublishConfirm(ctx, "no such exchange", "", hello, nil)
	var op *rabbitmq.OpError
	if !errors.Is(err, rabbitmq.ReplyNotFound) || !errors.As(err, &op) || op.Sent != rabbitmq.WasSent && op.Sent != rabbitmq.MaybeSent {
		t.Errorf("to no exchange: %v", err)
	}
}

// TestBindExchange chains two exchanges and takes the binding back.
func TestBindExchange(t *testing.T) {
	ctx := bounded(t)
	ch, queue := confirming(t, dialRabbitMQ(t, rabbit.ForTest(t)), nil)
	for _, name := range []string{"from", "to"} {
		must(t, ch.DeclareExchange(ctx, name, &rabbitmq.ExchangeOptions{Type: "topic", AutoDelete: true, Internal: name == "to"}))
	}
	must(t, ch.BindQueue(ctx, queue, "to", "#", nil), ch.BindExchange(ctx, "to", "from", "a.*", nil))
	for _, key := range []string{"a.b", "b.a"} {
		must(t, ch.PublishConfirm(ctx, "from", key, hello, nil))
	}
	d, ok, err := ch.Get(ctx, queue, &rabbitmq.GetOptions{NoAck: true})
	if must(t, err); !ok || d.RoutingKey != "a.b" || d.MessageCount != 0 {
		t.Errorf("got %v: key %q, %d more", ok, d.RoutingKey, d.MessageCount)
	}
	must(t, ch.UnbindExchange(ctx, "to", "from", "a.*", nil))
}

// TestNack hands back several deliveries at once, then drops them.
func TestNack(t *testing.T) {
	ctx := bounded(t)
	ch, queue := confirming(t, dialRabbitMQ(t, rabbit.ForTest(t)), nil)
	for i := range 6 {
		must(t, ch.Publish(ctx, "", queue, rabbitmq.Message{Body: fmt.Append(nil, i)}, nil))
	}
	must(t, ch.WaitConfirms(ctx))
	seen := 0
	for d, err := range ch.Consume(ctx, queue, &rabbitmq.ConsumeOptions{Prefetch: 10}) {
		must(t, err)
		switch seen++; {
		case seen == 3:
			must(t, d.RequeueMultiple(ctx))
		case seen == 9:
			must(t, d.RejectMultiple(ctx))
		}
		if seen > 6 && !d.Redelivered {
			t.Errorf("delivery %d is new", seen)
		}
		if seen == 9 {
			break
		}
	}
	q, err := ch.DeclareQueue(ctx, queue, &rabbitmq.QueueOptions{Passive: true})
	if must(t, err); q.Messages != 0 {
		t.Errorf("%d messages are left", q.Messages)
	}
}

// TestBlocked raises the memory alarm of a node of its own: publishing waits,
// and goes on when the alarm is over.
func TestBlocked(t *testing.T) {
	ctx := bounded(t)
	node := rabbit.Private(t)
	conn := dialRabbitMQ(t, node)
	ch, queue := confirming(t, conn, nil)
	alarm(t, node, "set_alarm({{resource_limit,memory,node()},[]})")
	must(t, ch.Publish(ctx, "", queue, hello, nil)) // only who publishes hears of it
	for {
		if reason, blocked := conn.Blocked(); blocked {
			t.Logf("blocked: %s", reason)
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	done := make(chan error)
	go func() { done <- ch.PublishConfirm(ctx, "", queue, hello, nil) }()
	select {
	case err := <-done:
		t.Fatalf("published while blocked: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	alarm(t, node, "clear_alarm({resource_limit,memory,node()})")
	must(t, <-done)
	if _, blocked := conn.Blocked(); blocked {
		t.Error("still blocked")
	}
}

func alarm(t *testing.T, node *rabbit.Node, call string) {
	t.Helper()
	_, err := node.Ctl(bounded(t), "eval", "rabbit_alarm:"+call+".")
	must(t, err)
}

// TestUpdateSecret gives the node a new secret, which its own user database
// takes without looking at it, and the connection goes on.
func TestUpdateSecret(t *testing.T) {
	conn := dialRabbitMQ(t, rabbit.ForTest(t))
	must(t, conn.UpdateSecret(bounded(t), "new", "expired"))
	ch, err := conn.Channel(bounded(t))
	must(t, err)
	must(t, ch.Close())
}

// TestServerCancels deletes the queue under its consumer.
func TestServerCancels(t *testing.T) {
	ctx := bounded(t)
	ch, queue := confirming(t, dialRabbitMQ(t, rabbit.ForTest(t)), nil)
	var cancelled *rabbitmq.ConsumerCancelledError
	started := &rabbitmq.ConsumeOptions{OnStart: func(string) { go ch.DeleteQueue(ctx, queue, nil) }}
	for _, err := range ch.Consume(ctx, queue, started) {
		if !errors.As(err, &cancelled) || !cancelled.ByServer {
			t.Errorf("ended by %v", err)
		}
	}
	if cancelled == nil {
		t.Error("the loop ended without an error")
	}
}
