package live

import (
	"context"
	"errors"
	"testing"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// TestEveryMethod calls, on the protocol's own layer, every method of 0-8 that
// a client may send and RabbitMQ implements, and its twin without a reply.
func TestEveryMethod(t *testing.T) {
	ch := channel(t)
	type step struct {
		name string
		do   func(context.Context, *amqp08.Channel) error
	}
	call := func(name string, do func(context.Context, *amqp08.Channel) error) step { return step{name, do} }
	for _, s := range []step{
		call("channel.flow", func(ctx context.Context, ch *amqp08.Channel) error {
			ok, err := amqp08.Call(ctx, ch, amqp08.ChannelFlow{Active: true})
			if !ok.Active {
				t.Error("the flow stands still")
			}
			return err
		}),
		call("access.request", func(ctx context.Context, ch *amqp08.Channel) error {
			ok, err := ch.AccessRequest(ctx, amqp08.AccessRequest{Realm: "/data", Active: true})
			if ok.Ticket != 1 {
				t.Errorf("ticket %d", ok.Ticket)
			}
			return err
		}),
		call("exchange.declare", func(ctx context.Context, ch *amqp08.Channel) error {
			_, err := ch.ExchangeDeclare(ctx, amqp08.ExchangeDeclare{Exchange: "m", Type: "topic"})
			return err
		}),
		call("exchange.declare no-wait", func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.ExchangeDeclareNoWait(ctx, amqp08.ExchangeDeclare{Exchange: "m2", Type: "fanout"})
		}),
		call("queue.declare", func(ctx context.Context, ch *amqp08.Channel) error {
			ok, err := ch.QueueDeclare(ctx, amqp08.QueueDeclare{Queue: "m"})
			if ok.Queue != "m" {
				t.Errorf("%v", ok)
			}
			return err
		}),
		call("queue.declare no-wait", func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.QueueDeclareNoWait(ctx, amqp08.QueueDeclare{Queue: "m2"})
		}),
		call("queue.bind", func(ctx context.Context, ch *amqp08.Channel) error {
			_, err := ch.QueueBind(ctx, amqp08.QueueBind{Queue: "m", Exchange: "m", RoutingKey: "a.#"})
			return err
		}),
		call("queue.bind no-wait", func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.QueueBindNoWait(ctx, amqp08.QueueBind{Queue: "m2", Exchange: "m2"})
		}),
		call("basic.publish", func(ctx context.Context, ch *amqp08.Channel) error {
			for range 3 {
				p := amqp08.BasicProperties{ContentType: "text/plain", Present: amqp08.BasicHasPriority}
				if err := ch.BasicPublish(ctx, amqp08.BasicPublish{Exchange: "m", RoutingKey: "a.b"}, p, []byte("x")); err != nil {
					return err
				}
			}
			return nil
		}),
		call("basic.qos", func(ctx context.Context, ch *amqp08.Channel) error {
			_, err := ch.BasicQos(ctx, amqp08.BasicQos{PrefetchCount: 2, Global: true})
			return err
		}),
		call("basic.get", func(ctx context.Context, ch *amqp08.Channel) error {
			r, m, err := ch.BasicGet(ctx, amqp08.BasicGet{Queue: "m"})
			if err != nil {
				return err
			}
			got, ok := r.(*amqp08.BasicGetOK)
			if !ok || string(m.Body) != "x" || m.Present&amqp08.BasicHasPriority == 0 || got.MessageCount != 2 {
				t.Errorf("%v %+v", r, m)
			}
			return ch.BasicAck(ctx, amqp08.BasicAck{DeliveryTag: got.DeliveryTag, Multiple: true})
		}),
		call("basic.reject", func(ctx context.Context, ch *amqp08.Channel) error {
			r, _, err := ch.BasicGet(ctx, amqp08.BasicGet{Queue: "m"})
			if err != nil {
				return err
			}
			return ch.BasicReject(ctx, amqp08.BasicReject{DeliveryTag: r.(*amqp08.BasicGetOK).DeliveryTag})
		}),
		call("basic.recover", func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.BasicRecover(ctx, amqp08.BasicRecover{Requeue: true})
		}),
		call("basic.consume and basic.cancel", func(ctx context.Context, ch *amqp08.Channel) error {
			for d, err := range ch.Consume(ctx, "m", &amqp08.ConsumeOptions{ConsumerTag: "mine", Exclusive: true}) {
				if err != nil {
					return err
				}
				if d.ConsumerTag != "mine" {
					t.Errorf("consumer %q", d.ConsumerTag)
				}
				return d.Ack(ctx)
			}
			return nil
		}),
		call("basic.consume no-wait", func(ctx context.Context, ch *amqp08.Channel) error {
			if err := ch.Publish(ctx, "m2", "", amqp08.Message{}, nil); err != nil {
				return err
			}
			for _, err := range ch.Consume(ctx, "m2", &amqp08.ConsumeOptions{ConsumerTag: "quick", NoWait: true, NoAck: true}) {
				return err
			}
			return nil
		}),
		call("basic.cancel no-wait", func(ctx context.Context, ch *amqp08.Channel) error {
			if err := ch.Publish(ctx, "m2", "", amqp08.Message{}, nil); err != nil {
				return err
			}
			var last error
			for d, err := range ch.Consume(ctx, "m2", nil) {
				if last = err; err != nil {
					break
				}
				if err := errors.Join(d.Ack(ctx), ch.BasicCancelNoWait(ctx, amqp08.BasicCancel{ConsumerTag: d.ConsumerTag})); err != nil {
					return err
				}
			}
			check(t, last, as[*amqp08.ConsumerCancelledError]())
			return nil
		}),
		call("basic.get of nothing", func(ctx context.Context, ch *amqp08.Channel) error {
			r, _, err := ch.BasicGet(ctx, amqp08.BasicGet{Queue: "m", NoAck: true})
			if _, empty := r.(*amqp08.BasicGetEmpty); !empty {
				t.Errorf("%v", r)
			}
			return err
		}),
		call("queue.purge", func(ctx context.Context, ch *amqp08.Channel) error {
			_, err := ch.QueuePurge(ctx, amqp08.QueuePurge{Queue: "m"})
			return err
		}),
		call("queue.purge no-wait", func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.QueuePurgeNoWait(ctx, amqp08.QueuePurge{Queue: "m"})
		}),
		call("queue.delete", func(ctx context.Context, ch *amqp08.Channel) error {
			_, err := ch.QueueDelete(ctx, amqp08.QueueDelete{Queue: "m"})
			return err
		}),
		call("queue.delete no-wait", func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.QueueDeleteNoWait(ctx, amqp08.QueueDelete{Queue: "m2"})
		}),
		call("exchange.delete", func(ctx context.Context, ch *amqp08.Channel) error {
			_, err := ch.ExchangeDelete(ctx, amqp08.ExchangeDelete{Exchange: "m"})
			return err
		}),
		call("exchange.delete no-wait", func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.ExchangeDeleteNoWait(ctx, amqp08.ExchangeDelete{Exchange: "m2"})
		}),
		call("tx", func(ctx context.Context, ch *amqp08.Channel) error {
			return errors.Join(ch.SelectTx(ctx), ch.CommitTx(ctx), ch.RollbackTx(ctx))
		}),
	} {
		t.Run(s.name, func(t *testing.T) {
			if err := s.do(bounded(t), ch); err != nil {
				t.Fatal(err)
			}
			_, err := amqp08.Call(bounded(t), ch, amqp08.ChannelFlow{Active: true}) // what was not answered has gone well
			must(t, err)
		})
	}
}
