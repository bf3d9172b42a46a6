package live

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/rabbitmq"
	"github.com/amqpgen/amqpgen/internal/garage"
)

// garageDialect is what garagemq does otherwise than RabbitMQ, and how that
// shows; chapter is the part of the story that it cannot follow for this
// reason.
var garageDialect = []struct {
	name, chapter string
	do            func(context.Context, *rabbitmq.Channel, string) error
	want          string // in the error
}{
	{"messages that are handed back turn around", "order", garageOrder, "got 2, 1, 0"},
	{"a message without a body is lost", "empty", garageEmpty, "got x"},
	{"recover", "recover", func(ctx context.Context, ch *rabbitmq.Channel, q string) error {
		return ch.Recover(ctx)
	}, "closed the connection: 540"},
	{"transactions", "tx", func(ctx context.Context, ch *rabbitmq.Channel, q string) error {
		return ch.SelectTx(ctx)
	}, "deadline exceeded"}, // there is no answer
	{"an exchange is deleted", "delete-exchange", func(ctx context.Context, ch *rabbitmq.Channel, q string) error {
		if err := ch.DeclareExchange(ctx, "mine", nil); err != nil {
			return err
		}
		return ch.DeleteExchange(ctx, "mine", nil)
	}, "deadline exceeded"},
	{"the server is to name the queue", "", func(ctx context.Context, ch *rabbitmq.Channel, q string) error {
		_, err := ch.DeclareQueue(ctx, "", nil)
		return err
	}, "closed the channel: 503"},
	{"a standard exchange is declared again", "", func(ctx context.Context, ch *rabbitmq.Channel, q string) error {
		return ch.DeclareExchange(ctx, "amq.topic", &rabbitmq.ExchangeOptions{Type: "topic", Durable: true})
	}, "closed the channel: 403"},
	{"an immediate message", "", func(ctx context.Context, ch *rabbitmq.Channel, q string) error {
		err := ch.Publish(ctx, "", q, rabbitmq.Message{Body: []byte("x")}, &rabbitmq.PublishOptions{Immediate: true})
		if err != nil {
			return err
		}
		select {
		case <-ch.Done():
		case <-ctx.Done():
		}
		return ch.Err()
	}, "closed the channel: 540"},
	{"a table within the headers", "", garageHeader(map[string]any{"a": 1}), "basic.get on channel 1"},
	{"an array within the headers", "", garageHeader([]any{1}), "closed the connection: 501"},
	{"an unsigned number in the headers", "", garageHeader(uint8(1)), "closed the connection: 501"},
}

// TestGarage has the package of 0-9-1, the only version that garagemq speaks,
// tell it the story, but for what it cannot follow; and looks at that and at
// what else a client trips over.
func TestGarage(t *testing.T) {
	broker := garage.ForTest(t)
	t.Run("story", func(t *testing.T) {
		var without []string
		for _, c := range garageDialect {
			without = append(without, c.chapter)
		}
		tellStory(t, "0-9-1", "extras_unbind.go.txt", broker.URI(), without...)
	})
	for _, c := range garageDialect {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			ch := garageChannel(t, broker)
			_, err := ch.DeclareQueue(ctx, c.name, nil)
			must(t, err)
			if err := c.do(ctx, ch, c.name); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	for uri, want := range map[string]string{
		"amqp://guest:wrong@" + broker.Addr(): "closed the connection: 530",
		broker.URI() + "nowhere":              "closed the connection: 402",
	} {
		if _, err := rabbitmq.Dial(bounded(t), uri, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", uri, err, want)
		}
	}
}

// garageChannel opens a channel on a connection of its own. Closing the latter
// is not looked at: the tests are about how the broker ends it.
func garageChannel(t *testing.T, broker *garage.Broker) *rabbitmq.Channel {
	t.Helper()
	conn, err := rabbitmq.Dial(bounded(t), broker.URI(), nil)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.ChannelWithEvents(bounded(t), &rabbitmq.ChannelEvents{OnReturn: func(rabbitmq.Return) {}})
	must(t, err)
	return ch
}

// garageOrder hands three messages back, and tells how they come again.
func garageOrder(ctx context.Context, ch *rabbitmq.Channel, q string) error {
	if err := garagePublish(ctx, ch, q, "0", "1", "2"); err != nil {
		return err
	}
	var held []*rabbitmq.Delivery
	for range 3 {
		d, err := garageGet(ctx, ch, q)
		if err != nil {
			return err
		}
		held = append(held, d)
	}
	for _, d := range held {
		if err := d.Requeue(ctx); err != nil {
			return err
		}
	}
	return garageDrain(ctx, ch, q, 3)
}

// garageEmpty publishes a message without a body, and one behind it.
func garageEmpty(ctx context.Context, ch *rabbitmq.Channel, q string) error {
	return errors.Join(garagePublish(ctx, ch, q, "", "x"), garageDrain(ctx, ch, q, 1))
}

// garageHeader publishes a message with this header, and gets it.
func garageHeader(value any) func(context.Context, *rabbitmq.Channel, string) error {
	return func(ctx context.Context, ch *rabbitmq.Channel, q string) error {
		m := rabbitmq.Message{Body: []byte("x")}
		m.Headers = rabbitmq.TableOf(map[string]any{"h": value})
		if err := ch.Publish(ctx, "", "q", m, nil); err != nil {
			return err
		}
		_, err := garageGet(ctx, ch, q)
		return err
	}
}

func garagePublish(ctx context.Context, ch *rabbitmq.Channel, q string, bodies ...string) error {
	var errs []error
	for _, body := range bodies {
		errs = append(errs, ch.Publish(ctx, "", q, rabbitmq.Message{Body: []byte(body)}, nil))
	}
	return errors.Join(errs...)
}

// garageGet gets a message, which may still be on its way into the queue.
func garageGet(ctx context.Context, ch *rabbitmq.Channel, q string) (*rabbitmq.Delivery, error) {
	for {
		if d, ok, err := ch.Get(ctx, q, nil); ok || err != nil {
			return &d, err
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// garageDrain makes an error of the bodies of the next n messages.
func garageDrain(ctx context.Context, ch *rabbitmq.Channel, q string, n int) error {
	var got []string
	for range n {
		d, err := garageGet(ctx, ch, q)
		if err != nil {
			return err
		}
		got = append(got, string(d.Body))
	}
	return fmt.Errorf("got %s", strings.Join(got, ", "))
}
