package live

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
	"github.com/amqpgen/amqpgen/internal/qpid"
)

// TestQpid speaks with Apache Qpid Broker-J.
func TestQpid(t *testing.T) {
	broker := qpid.ForTest(t)
	for name, test := range map[string]func(*testing.T, *qpid.Broker){
		"story":     qpidStory,
		"errors":    qpidErrors,
		"dial":      qpidDialErrors,
		"tolerates": qpidTolerates,
		"counts":    qpidCounts,
		"expires":   qpidExpires,
		"default":   qpidDefaultExchange,
		"tuning":    qpidTuning,
	} {
		t.Run(name, func(t *testing.T) { test(t, broker) })
	}
}

// qpidStory generates a package for each specification that Broker-J speaks,
// and has a program around it tell the story.
func qpidStory(t *testing.T, broker *qpid.Broker) {
	for _, c := range []struct{ spec, extras string }{
		{"qpid-0-8", "extras_bound.go.txt"},
		{"qpid-0-9", "extras_bound.go.txt"},
		{"qpid-0-9", "extras_unbind.go.txt"},
		{"0-9", "extras_unbind.go.txt"}, // its consume has a table in the same place, by another name
		{"0-9-1", "extras_unbind.go.txt"},
		{"qpid", "extras_bound.go.txt"},
		{"qpid", "extras_unbind.go.txt"},
		{"rabbitmq", "extras_unbind.go.txt"},
	} {
		t.Run(c.spec+"/"+c.extras, func(t *testing.T) {
			tellStory(t, c.spec, c.extras, broker.URI())
		})
	}
}

// replyNoConsumers is a code of AMQP 0-9-1 and Qpid that AMQP 0-8 does not
// list.
const replyNoConsumers amqp08.ReplyCode = 313

// qpidErrors brings about failures that Broker-J answers otherwise than
// RabbitMQ does; [TestErrors] and its neighbours have RabbitMQ's answers. Here
// the package of plain 0-8 speaks, which works but for consume and recover.
func qpidErrors(t *testing.T, broker *qpid.Broker) {
	for _, c := range []struct {
		name string
		do   func(context.Context, *amqp08.Channel) error
		is   []func(error) bool
	}{
		// Why there is qpid-0-8: RabbitMQ reads exactly the fields of the
		// standard; Broker-J runs off the frame's end, and hangs up without a
		// connection.close.
		{"consume without arguments", func(ctx context.Context, ch *amqp08.Channel) error {
			for _, err := range ch.Consume(ctx, queue(t, ch), nil) {
				return err
			}
			return nil
		}, is(stage("read"), sent(amqp08.MaybeSent))},
		// And basic.recover has no answer in the standard, and RabbitMQ sends
		// none. Broker-J sends 60.101.
		{"recover", func(ctx context.Context, ch *amqp08.Channel) error {
			if err := ch.Recover(ctx); err != nil {
				t.Error(err)
			}
			<-ch.Done()
			return ch.Err()
		}, is(as[*amqp08.ProtocolError]())},
		// RabbitMQ: the channel, 406.
		{"it exists and is declared otherwise", func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.DeclareExchange(ctx, "amq.topic", &amqp08.ExchangeOptions{Type: "fanout", Durable: true})
		}, is(code(amqp08.ReplyNotAllowed), closes(amqp08.ScopeConnection), at(amqp08.ExchangeDeclare{}.ID()))},
		// RabbitMQ: the channel, 403.
		{"the name is reserved", func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.DeclareExchange(ctx, "amq.mine", nil)
		}, is(code(amqp08.ReplyNotAllowed), closes(amqp08.ScopeConnection))},
		// RabbitMQ: no error.
		{"it exists and is of another type: declare passively", func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.DeclareExchange(ctx, "amq.topic", &amqp08.ExchangeOptions{Type: "fanout", Passive: true})
		}, is(code(amqp08.ReplyNotAllowed), closes(amqp08.ScopeConnection))},
		// RabbitMQ: the channel, 403.
		{"the default exchange: declare passively", func(ctx context.Context, ch *amqp08.Channel) error {
			_, err := ch.ExchangeDeclare(ctx, amqp08.ExchangeDeclare{Passive: true})
			return err
		}, is(code(amqp08.ReplyNotAllowed), closes(amqp08.ScopeConnection))},
		// RabbitMQ: the channel, 404.
		{"the queue does not exist: get", func(ctx context.Context, ch *amqp08.Channel) error {
			_, _, err := ch.Get(ctx, "nowhere", nil)
			return err
		}, is(code(amqp08.ReplyNotFound), closes(amqp08.ScopeConnection))},
		// RabbitMQ: the channel, 405.
		{"the queue is another connection's", func(ctx context.Context, ch *amqp08.Channel) error {
			_, _, err := ch.Get(ctx, queue(t, qpidChannel(t, broker, nil)), nil)
			return err
		}, is(code(amqp08.ReplyNotAllowed), closes(amqp08.ScopeConnection))},
		// RabbitMQ: the channel, 406.
		{"committed without a transaction", func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.CommitTx(ctx)
		}, is(code(amqp08.ReplyCommandInvalid), closes(amqp08.ScopeChannel))},
		// RabbitMQ: no error.
		{"the queue does not exist: delete", func(ctx context.Context, ch *amqp08.Channel) error {
			_, err := ch.DeleteQueue(ctx, "nowhere", nil)
			return err
		}, is(code(amqp08.ReplyNotFound), closes(amqp08.ScopeChannel))},
		{"the exchange does not exist: delete", func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.DeleteExchange(ctx, "nowhere", nil)
		}, is(code(amqp08.ReplyNotFound), closes(amqp08.ScopeChannel))},
		// As RabbitMQ does.
		{"the queue does not exist: declare passively", func(ctx context.Context, ch *amqp08.Channel) error {
			_, err := ch.DeclareQueue(ctx, "nowhere", &amqp08.QueueOptions{Passive: true})
			return err
		}, is(code(amqp08.ReplyNotFound), closes(amqp08.ScopeChannel))},
	} {
		t.Run(c.name, func(t *testing.T) {
			check(t, c.do(bounded(t), qpidChannel(t, broker, nil)), c.is...)
		})
	}
}

// qpidDialErrors is what can go wrong before there is a connection.
func qpidDialErrors(t *testing.T, broker *qpid.Broker) {
	for _, c := range []struct {
		name, uri string
		config    *amqp08.Config
		is        []func(error) bool
	}{
		{"AMQPLAIN is not offered", broker.URI(), &amqp08.Config{Mechanisms: []amqp08.Mechanism{amqp08.AMQPlain{}}}, is(stage("handshake"))},
		// RabbitMQ: 403 to clients that can hear it.
		{"wrong password", "amqp://guest:wrong@" + broker.Addr(), nil, is(code(amqp08.ReplyNotAllowed))},
		// RabbitMQ: 530.
		{"no such virtual host", broker.URI() + "nowhere", nil, is(code(amqp08.ReplyNotFound))},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := amqp08.Dial(bounded(t), c.uri, c.config)
			check(t, err, c.is...)
		})
	}
}

// qpidTolerates does what RabbitMQ refuses.
func qpidTolerates(t *testing.T, broker *qpid.Broker) {
	ctx := bounded(t)
	back := make(chan amqp08.Return, 1)
	ch := qpidChannel(t, broker, &amqp08.ChannelEvents{OnReturn: func(r amqp08.Return) { back <- r }})

	// A delivery that never was is acknowledged. RabbitMQ: the channel, 406.
	must(t, ch.BasicAck(ctx, amqp08.BasicAck{DeliveryTag: 77}))

	// A queue is declared again as durable, and stays as it is. RabbitMQ: the
	// channel, 406.
	for _, durable := range []bool{false, true} {
		_, err := ch.DeclareQueue(ctx, "tolerant", &amqp08.QueueOptions{Durable: durable})
		must(t, err)
	}
	_, err := ch.DeleteQueue(ctx, "tolerant", nil)
	must(t, err)

	// An immediate message comes back. RabbitMQ: the connection, 540.
	q := queue(t, ch)
	must(t, ch.Publish(ctx, "", q, amqp08.Message{}, &amqp08.PublishOptions{Immediate: true}))
	select {
	case r := <-back:
		if r.Code != replyNoConsumers || r.RoutingKey != q {
			t.Errorf("returned: %d %s, routing key %q", r.Code, r.Text, r.RoutingKey)
		}
	case <-ctx.Done():
		t.Error("an immediate message without a consumer does not come back")
	}
	must(t, ch.Err())
}

// qpidCounts looks at message-count in get-ok: Broker-J counts what was
// delivered and is not acknowledged, and RabbitMQ does not.
func qpidCounts(t *testing.T, broker *qpid.Broker) {
	ctx, ch := bounded(t), qpidChannel(t, broker, nil)
	q := queue(t, ch)
	publish(t, ch, q, 2)
	var last amqp08.Delivery
	for _, want := range []uint32{2, 2} {
		d, ok, err := ch.Get(ctx, q, nil)
		must(t, err)
		last = d
		if !ok || d.MessageCount != want {
			t.Errorf("%t, %d messages are left, want %d", ok, d.MessageCount, want)
		}
	}
	must(t, last.Requeue(ctx))
	d, ok, err := ch.Get(ctx, q, &amqp08.GetOptions{NoAck: true})
	must(t, err)
	if !ok || d.MessageCount != 1 { // the first, which is still out
		t.Errorf("%t, %d messages are left, want 1", ok, d.MessageCount)
	}
}

// qpidExpires shows what expiration means: to Broker-J the time, in
// milliseconds since 1970, at which the message dies; to RabbitMQ how many
// milliseconds it lives. What RabbitMQ keeps for a minute is dead on arrival.
func qpidExpires(t *testing.T, broker *qpid.Broker) {
	ctx, ch := bounded(t), qpidChannel(t, broker, nil)
	q := queue(t, ch)
	for expiration, want := range map[string]bool{
		fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()): true,
		"60000": false,
	} {
		m := amqp08.Message{Body: []byte("mortal")}
		m.Expiration = expiration
		must(t, ch.Publish(ctx, "", q, m, nil))
		_, ok, err := ch.Get(ctx, q, &amqp08.GetOptions{NoAck: true})
		must(t, err)
		if ok != want {
			t.Errorf("expiration %s: got the message: %t", expiration, ok)
		}
	}
}

// qpidDefaultExchange publishes to the default exchange with the name of a
// queue that an exchange has too. To Broker-J it means the exchange, and to
// RabbitMQ the queue.
func qpidDefaultExchange(t *testing.T, broker *qpid.Broker) {
	ctx, ch := bounded(t), qpidChannel(t, broker, nil)
	q := queue(t, ch)
	for name, want := range map[string]uint32{"another": 1, q: 0} {
		must(t, ch.DeclareExchange(ctx, name, nil))
		publish(t, ch, q, 1)
		n, err := ch.PurgeQueue(ctx, q, nil)
		must(t, err, ch.DeleteExchange(ctx, name, nil))
		if n != want {
			t.Errorf("beside the exchange %q: %d messages arrive, want %d", name, n, want)
		}
	}
}

// qpidTuning looks at what Broker-J proposes: larger frames than RabbitMQ's
// 131072, and no heartbeats, so that ours count.
func qpidTuning(t *testing.T, broker *qpid.Broker) {
	conn, err := amqp08.Dial(bounded(t), broker.URI(), nil)
	must(t, err)
	if conn.FrameMax() != 262136 || conn.Heartbeat() != 30*time.Second {
		t.Errorf("frames up to %d, heartbeats each %v", conn.FrameMax(), conn.Heartbeat())
	}
	must(t, conn.Close())
}

// qpidChannel opens a channel on a connection of its own. Closing the latter is
// not looked at: the tests are about how brokers end connections.
func qpidChannel(t *testing.T, broker *qpid.Broker, events *amqp08.ChannelEvents) *amqp08.Channel {
	t.Helper()
	conn, err := amqp08.Dial(bounded(t), broker.URI(), nil)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return open(t, conn, events)
}
