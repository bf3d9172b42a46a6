package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// Names of the demo's own, which are gone when it ends.
const (
	exchange = "amqpgen.demo"
	inbox    = "amqpgen.demo.inbox"
	absent   = "amqpgen.demo.absent"
	key      = "greeting"
)

// patience bounds each wait for something that is due.
const patience = 10 * time.Second

// story is what the chapters share.
type story struct {
	out     io.Writer
	conn    *amqp08.Connection
	ch      *amqp08.Channel
	returns chan amqp08.Return
}

// say prints a step: the call that did it, and what came of it.
func (s *story) say(call, format string, args ...any) {
	fmt.Fprintf(s.out, "  %-54s // %s\n", call, fmt.Sprintf(format, args...))
}

func (s *story) title(title string) { fmt.Fprintf(s.out, "\n%s\n", title) }

// chapter is one part of the story.
type chapter struct {
	title string
	tell  func(*story, context.Context) error
}

var chapters = []chapter{
	{"Somewhere to send to", (*story).declare},
	{"One message", (*story).one},
	{"A loop over messages", (*story).loop},
	{"A handler for messages", (*story).handle},
	{"A message that nobody wants", (*story).unwanted},
	{"An error is what it is", (*story).failure},
	{"A transaction", (*story).transaction},
	{"Tidying up", (*story).tidy},
}

// tell connects and tells all chapters, the whole of it within ctx.
func tell(ctx context.Context, uri string, out io.Writer) error {
	s := &story{out: out, returns: make(chan amqp08.Return, 1)}
	if err := s.connect(ctx, uri); err != nil {
		return err
	}
	defer s.conn.Close()
	for _, c := range chapters {
		s.title(c.title)
		if err := s.within(ctx, c.tell); err != nil {
			return fmt.Errorf("%s: %w", c.title, errors.Join(err, s.sweep()))
		}
	}
	s.title("The end")
	if err := s.conn.Close(); err != nil {
		return err
	}
	s.say("conn.Close()", "conn.Err() says: %v", s.conn.Err())
	return nil
}

func (s *story) within(ctx context.Context, tell func(*story, context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return tell(s, ctx)
}

// sweep deletes the exchange after a failure; the queue goes with the connection, since it is exclusive.
func (s *story) sweep() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if s.conn.Err() != nil {
		return nil
	}
	ch, err := s.conn.Channel(ctx)
	if err != nil {
		return err
	}
	return ch.DeleteExchange(ctx, exchange, nil)
}

func (s *story) connect(ctx context.Context, uri string) error {
	s.title("Getting in touch")
	var err error
	if s.conn, err = amqp08.Dial(ctx, uri, nil); err != nil {
		return err
	}
	product, _ := s.conn.ServerProperties().Get("product")
	s.say("amqp08.Dial(ctx, uri, nil)", "connected to %v", product)
	s.ch, err = s.conn.ChannelWithEvents(ctx, &amqp08.ChannelEvents{
		OnReturn: func(r amqp08.Return) { s.returns <- r },
	})
	if err != nil {
		s.conn.Close()
		return err
	}
	s.say("conn.ChannelWithEvents(ctx, &ChannelEvents{…})", "channel %d is open", s.ch.ID())
	return nil
}

func (s *story) declare(ctx context.Context) error {
	if err := s.ch.DeclareExchange(ctx, exchange, &amqp08.ExchangeOptions{Type: "direct"}); err != nil {
		return err
	}
	s.say("ch.DeclareExchange(ctx, name, &ExchangeOptions{…})", "a direct exchange, %s", exchange)
	q, err := s.ch.DeclareQueue(ctx, inbox, &amqp08.QueueOptions{Exclusive: true})
	if err != nil {
		return err
	}
	s.say("ch.DeclareQueue(ctx, name, &QueueOptions{…})", "an exclusive queue, %s, with %d messages", q.Name, q.Messages)
	if err := s.ch.BindQueue(ctx, q.Name, exchange, key, nil); err != nil {
		return err
	}
	s.say("ch.BindQueue(ctx, queue, exchange, key, nil)", "messages with key %q go to the queue", key)
	return nil
}

// tidy deletes what the story has made.
func (s *story) tidy(ctx context.Context) error {
	n, err := s.ch.DeleteQueue(ctx, inbox, nil)
	if err != nil {
		return err
	}
	s.say("ch.DeleteQueue(ctx, queue, nil)", "gone, and %d messages with it", n)
	if err := s.ch.DeleteExchange(ctx, exchange, nil); err != nil {
		return err
	}
	s.say("ch.DeleteExchange(ctx, exchange, nil)", "gone")
	if err := s.ch.Close(); err != nil {
		return err
	}
	s.say("ch.Close()", "ch.Err() says: %v", s.ch.Err())
	return nil
}
