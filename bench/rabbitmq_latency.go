package bench

import (
	"context"
	"errors"
	"time"

	"github.com/amqpgen/amqpgen/bench/peer"
	"github.com/amqpgen/amqpgen/generated/rabbitmq"
)

// rabbitmqSender publishes the same message again and again.
type rabbitmqSender struct {
	ch *rabbitmq.Channel
	m  rabbitmq.Message
}

func (s rabbitmqSender) publish() error {
	return s.ch.Publish(context.Background(), "", peer.RoutingKey, s.m, nil)
}

func (s rabbitmqSender) confirmOneByOne(t Task, l *latencies) error {
	ctx := context.Background()
	if err := s.ch.SelectConfirm(ctx, nil); err != nil {
		return err
	}
	for range t.Messages {
		sent := time.Now()
		if err := s.ch.PublishConfirm(ctx, "", peer.RoutingKey, s.m, nil); err != nil {
			return err
		}
		l.took(time.Since(sent))
	}
	return nil
}

// confirmAtRate waits for the receipts in order, beside publishing.
func (s rabbitmqSender) confirmAtRate(t Task, l *latencies) error {
	ctx := context.Background()
	if err := s.ch.SelectConfirm(ctx, nil); err != nil {
		return err
	}
	receipts := make(chan *rabbitmq.Receipt, t.Messages)
	published := make(chan error, 1)
	l.start()
	go func() {
		defer close(receipts)
		published <- l.pace(func() error {
			r, err := s.ch.PublishReceipt(ctx, "", peer.RoutingKey, s.m, nil)
			if err == nil {
				receipts <- r
			}
			return err
		})
	}()
	for r := range receipts {
		if err := r.Wait(ctx); err != nil {
			return err
		}
		l.arrived()
	}
	return <-published
}

// consumeOptions has start called once the server has agreed to the consumer.
func (s rabbitmqSender) consumeOptions(start func()) *rabbitmq.ConsumeOptions {
	return &rabbitmq.ConsumeOptions{ConsumerTag: peer.ConsumerTag, Prefetch: -1, OnStart: func(string) { start() }}
}

func (s rabbitmqSender) deliverOneByOne(t Task, l *latencies) error {
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

func (s rabbitmqSender) deliverAtRate(t Task, l *latencies) error {
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
