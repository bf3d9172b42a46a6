package bench

import (
	"context"
	"errors"
	"time"

	"github.com/amqpgen/amqpgen/bench/peer"
	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// amqp08Sender publishes the same message again and again.
type amqp08Sender struct {
	ch *amqp08.Channel
	m  amqp08.Message
}

func (s amqp08Sender) publish() error {
	return s.ch.Publish(context.Background(), "", peer.RoutingKey, s.m, nil)
}

// consumeOptions has start called once the server has agreed to the consumer.
func (s amqp08Sender) consumeOptions(start func()) *amqp08.ConsumeOptions {
	return &amqp08.ConsumeOptions{ConsumerTag: peer.ConsumerTag, Prefetch: -1, OnStart: func(string) { start() }}
}

func (s amqp08Sender) deliverOneByOne(t Task, l *latencies) error {
	ctx := context.Background()
	var sent time.Time
	var failed error
	publish := func() { sent, failed = time.Now(), s.publish() }
	for d, err := range s.ch.Consume(ctx, t.Queue, s.consumeOptions(publish)) {
		if err := errors.Join(failed, err); err != nil {
			return err
		}
		l.took(time.Since(sent))
		if err := d.Ack(ctx); err != nil {
			return err
		}
		if len(l.taken) == t.Messages {
			break
		}
		publish()
	}
	return failed
}

func (s amqp08Sender) deliverAtRate(t Task, l *latencies) error {
	ctx := context.Background()
	published := make(chan error, 1)
	start := func() {
		l.start()
		go func() { published <- l.pace(s.publish) }()
	}
	for d, err := range s.ch.Consume(ctx, t.Queue, s.consumeOptions(start)) {
		if err != nil {
			return err
		}
		l.arrived()
		if err := d.Ack(ctx); err != nil {
			return err
		}
		if len(l.taken) == t.Messages {
			break
		}
	}
	return <-published
}
