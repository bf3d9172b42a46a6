package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/amqpgen/amqpgen/bench/peer"
	"github.com/amqpgen/amqpgen/generated/rabbitmq"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

const (
	bootLimit   = 90 * time.Second
	brokerLimit = 30 * time.Second // to do what it is asked between two runs
)

// broker is a private RabbitMQ, and the queue of the run that goes on.
type broker struct {
	node *rabbit.Node
	conn *rabbitmq.Connection
	ch   *rabbitmq.Channel
}

// brokerFor makes the queue for a task ready. The broker itself starts at the
// first call and serves all runs.
func (s *Suite) brokerFor(t Task) (server, error) {
	if s.broker == nil {
		b, err := startBroker(filepath.Join(s.dir, "broker"))
		if err != nil {
			return nil, err
		}
		s.broker = b
	}
	return s.broker, s.broker.prepare(t)
}

func startBroker(dir string) (*broker, error) {
	ctx, cancel := context.WithTimeout(context.Background(), bootLimit)
	defer cancel()
	node, err := rabbit.Start(ctx, dir, nil)
	if err != nil {
		return nil, err
	}
	b := &broker{node: node}
	if err := b.connect(ctx); err != nil {
		return nil, errors.Join(err, node.Stop())
	}
	return b, nil
}

func (b *broker) connect(ctx context.Context) (err error) {
	if b.conn, err = rabbitmq.Dial(ctx, b.node.URI(), nil); err != nil {
		return err
	}
	if b.ch, err = b.conn.Channel(ctx); err != nil {
		return err
	}
	return b.ch.SelectConfirm(ctx, nil)
}

func (b *broker) stop() error { return errors.Join(b.conn.Close(), b.node.Stop()) }

func (b *broker) address() string { return b.node.Addr() }

// prepare declares a fresh queue, with the messages that a consumer is to get.
func (b *broker) prepare(t Task) error {
	ctx, cancel := context.WithTimeout(context.Background(), brokerLimit)
	defer cancel()
	if _, err := b.ch.DeclareQueue(ctx, peer.RoutingKey, nil); err != nil {
		return err
	}
	if t.Flow != Consume {
		return nil
	}
	m := rabbitmqMessage(t)
	for range t.Messages {
		if err := b.ch.Publish(ctx, "", peer.RoutingKey, m, nil); err != nil {
			return err
		}
	}
	return b.ch.WaitConfirms(ctx)
}

// finish wants what was published in the queue, unless it was consumed and settled.
func (b *broker) finish(t Task) error {
	ctx, cancel := context.WithTimeout(context.Background(), brokerLimit)
	defer cancel()
	want := t.Messages
	if t.Flow == Consume || t.Flow == DeliverLatency {
		want = 0
	}
	err := b.await(ctx, want)
	_, deleted := b.ch.DeleteQueue(ctx, peer.RoutingKey, nil)
	return errors.Join(err, deleted)
}

// await polls until so many messages are in the queue: what a client that has
// gone sent last may take a moment.
func (b *broker) await(ctx context.Context, messages int) error {
	const every = 20 * time.Millisecond
	for {
		q, err := b.ch.DeclareQueue(ctx, peer.RoutingKey, &rabbitmq.QueueOptions{Passive: true})
		if err != nil {
			return fmt.Errorf("waiting for %d messages in the queue: %w", messages, err)
		}
		if int(q.Messages) == messages && q.Consumers == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d messages are in the queue, not %d", q.Messages, messages)
		case <-time.After(every):
		}
	}
}

func (b *broker) abandon() {
	ctx, cancel := context.WithTimeout(context.Background(), brokerLimit)
	defer cancel()
	b.ch.DeleteQueue(ctx, peer.RoutingKey, nil) // the run has failed for another reason
}

// version is what the server says of itself.
func (b *broker) version() string {
	product, _ := b.conn.ServerProperties().Get("product")
	version, _ := b.conn.ServerProperties().Get("version")
	return fmt.Sprint(product, " ", version)
}
