package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/amqpgen/amqpgen/bench/peer"
	amqp091 "github.com/rabbitmq/amqp091-go"
)

// amqp091Sender publishes the same message again and again.
type amqp091Sender struct {
	ch *amqp091.Channel
	m  amqp091.Publishing
}

func (s amqp091Sender) publish() error {
	return s.ch.PublishWithContext(context.Background(), "", peer.RoutingKey, false, false, s.m)
}

func (s amqp091Sender) confirmOneByOne(t Task, l *latencies) error {
	if err := s.ch.Confirm(false); err != nil {
		return err
	}
	confirms := s.ch.NotifyPublish(make(chan amqp091.Confirmation, 1))
	for range t.Messages {
		sent := time.Now()
		if err := s.publish(); err != nil {
			return err
		}
		if err := amqp091Confirmed(confirms); err != nil {
			return err
		}
		l.took(time.Since(sent))
	}
	return nil
}

func (s amqp091Sender) confirmAtRate(t Task, l *latencies) error {
	if err := s.ch.Confirm(false); err != nil {
		return err
	}
	confirms := s.ch.NotifyPublish(make(chan amqp091.Confirmation, t.Messages))
	published := make(chan error, 1)
	l.start()
	go func() { published <- l.pace(s.publish) }()
	for range t.Messages {
		if err := amqp091Confirmed(confirms); err != nil {
			return errors.Join(err, <-published)
		}
		l.arrived()
	}
	return <-published
}

func (s amqp091Sender) deliverOneByOne(t Task, l *latencies) error {
	deliveries, err := amqp091Consume(s.ch, t.Queue, false)
	if err != nil {
		return err
	}
	for range t.Messages {
		sent := time.Now()
		if err := s.publish(); err != nil {
			return err
		}
		d, ok := <-deliveries
		if !ok {
			return fmt.Errorf("no more after %d deliveries", len(l.taken))
		}
		l.took(time.Since(sent))
		if err := d.Ack(false); err != nil {
			return err
		}
	}
	return nil
}

func (s amqp091Sender) deliverAtRate(t Task, l *latencies) error {
	deliveries, err := amqp091Consume(s.ch, t.Queue, false)
	if err != nil {
		return err
	}
	published := make(chan error, 1)
	l.start()
	go func() { published <- l.pace(s.publish) }()
	for range t.Messages {
		d, ok := <-deliveries
		if !ok {
			return fmt.Errorf("no more after %d deliveries", len(l.taken))
		}
		l.arrived()
		if err := d.Ack(false); err != nil {
			return err
		}
	}
	return <-published
}
