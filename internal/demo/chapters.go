package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// publish sends texts through the exchange.
func (s *story) publish(ctx context.Context, texts ...string) error {
	for _, text := range texts {
		m := amqp08.Message{Body: []byte(text)}
		m.ContentType = "text/plain"
		if err := s.ch.Publish(ctx, exchange, key, m, nil); err != nil {
			return err
		}
	}
	return nil
}

// one publishes a message, gets it and acknowledges it.
func (s *story) one(ctx context.Context) error {
	if err := s.publish(ctx, "hello"); err != nil {
		return err
	}
	s.say("ch.Publish(ctx, exchange, key, m, nil)", `sent "hello"`)
	d, ok, err := s.ch.Get(ctx, inbox, nil)
	if err != nil {
		return err
	}
	if !ok || string(d.Body) != "hello" {
		return fmt.Errorf("got %q (%t) and not hello", d.Body, ok)
	}
	s.say("ch.Get(ctx, queue, nil)", "got %q, %s", d.Body, d.ContentType)
	if err := d.Ack(ctx); err != nil {
		return err
	}
	s.say("d.Ack(ctx)", "it is done with")
	return nil
}

// loop consumes with a range statement and leaves it early.
func (s *story) loop(ctx context.Context) error {
	if err := s.publish(ctx, "one", "two", "three", "four", "five"); err != nil {
		return err
	}
	s.say("ch.Publish(ctx, exchange, key, m, nil)", "sent five messages")
	seen := 0
	for d, err := range s.ch.Consume(ctx, inbox, nil) {
		if err != nil {
			return err
		}
		seen++
		if err := d.Ack(ctx); err != nil {
			return err
		}
		s.say("for d, err := range ch.Consume(ctx, queue, nil)", "%q, acknowledged", d.Body)
		if seen == 3 {
			break
		}
	}
	s.say("break", "the consumer is cancelled, and what it had not seen goes back")
	return nil
}

// handle consumes with a handler that says when to stop.
func (s *story) handle(ctx context.Context) error {
	handled := 0
	handler := func(_ context.Context, d *amqp08.Delivery) error {
		handled++
		s.say("ch.Handle(ctx, queue, handler, nil)", "%q, redelivered: %t", d.Body, d.Redelivered)
		if string(d.Body) == "five" {
			return amqp08.ErrStop
		}
		return nil
	}
	if err := s.ch.Handle(ctx, inbox, handler, nil); err != nil {
		return err
	}
	if handled != 2 {
		return fmt.Errorf("%d messages were handled, and not two", handled)
	}
	s.say("return ErrStop", "the last one is acknowledged, and Handle returns nil")
	return nil
}

// unwanted publishes a message that no queue takes, and waits for it to come back.
func (s *story) unwanted(ctx context.Context) error {
	m := amqp08.Message{Body: []byte("anybody there?")}
	if err := s.ch.Publish(ctx, exchange, "nowhere", m, &amqp08.PublishOptions{Mandatory: true}); err != nil {
		return err
	}
	s.say("ch.Publish(ctx, exchange, key, m, &PublishOptions{…})", "sent as mandatory, with a key that leads nowhere")
	select {
	case r := <-s.returns:
		s.say("OnReturn(r)", "%q came back: %d %s", r.Body, uint16(r.Code), r.Text)
		return nil
	case <-s.ch.Done():
		return s.ch.Err()
	case <-ctx.Done():
		return fmt.Errorf("waiting for the return: %w", context.Cause(ctx))
	}
}

// failure asks for a queue that does not exist. That costs the channel, and no more.
func (s *story) failure(ctx context.Context) error {
	ch, err := s.conn.Channel(ctx)
	if err != nil {
		return err
	}
	_, err = ch.DeclareQueue(ctx, absent, &amqp08.QueueOptions{Passive: true})
	var server *amqp08.ServerError
	if !errors.Is(err, amqp08.ReplyNotFound) || !errors.As(err, &server) {
		return fmt.Errorf("a queue that does not exist: %w", err)
	}
	s.say("ch2.DeclareQueue(ctx, name, &QueueOptions{…})", "%s", server.Text)
	s.say("errors.Is(err, ReplyNotFound)", "true; it closed the %s, at %s", server.Scope, server.Method)
	if err := errors.Join(s.conn.Err(), s.ch.Err()); err != nil {
		return err
	}
	s.say("conn.Err(), ch.Err(), ch2.Err()", "%s, %s, %s", state(s.conn.Err()), state(s.ch.Err()), state(ch.Err()))
	return nil
}

func state(err error) string {
	if err == nil {
		return "in use"
	}
	return "closed"
}

// transaction publishes on a channel whose messages appear when it says so, or never.
func (s *story) transaction(ctx context.Context) error {
	tx, err := s.conn.Channel(ctx)
	if err != nil {
		return err
	}
	defer tx.Close()
	if err := tx.SelectTx(ctx); err != nil {
		return err
	}
	s.say("tx.SelectTx(ctx)", "channel %d is transactional", tx.ID())
	if err := s.promise(ctx, tx, "tx.RollbackTx(ctx)", tx.RollbackTx, false); err != nil {
		return err
	}
	return s.promise(ctx, tx, "tx.CommitTx(ctx)", tx.CommitTx, true)
}

// promise publishes in a transaction, ends that, and looks whether there is a message now.
func (s *story) promise(ctx context.Context, tx *amqp08.Channel, call string, end func(context.Context) error, kept bool) error {
	m := amqp08.Message{Body: []byte("promise")}
	if err := tx.Publish(ctx, exchange, key, m, nil); err != nil {
		return err
	}
	s.say("tx.Publish(ctx, exchange, key, m, nil)", "sent %q", m.Body)
	if err := end(ctx); err != nil {
		return err
	}
	_, there, err := s.ch.Get(ctx, inbox, &amqp08.GetOptions{NoAck: true})
	if err != nil {
		return err
	}
	if there != kept {
		return fmt.Errorf("after %s a message is in the queue: %t", call, there)
	}
	s.say(call, "in the queue: %t", there)
	return nil
}
