// Package live holds the generated client to real brokers, which the tests
// start by themselves.
package live

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

func TestMain(m *testing.M) {
	code := rabbit.Main(m)
	printReport()
	os.Exit(code)
}

// bounded is the context of a test: what takes longer has failed.
func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// dial connects to a node, and closes cleanly when the test ends.
func dial(t *testing.T, node *rabbit.Node, config *amqp08.Config) *amqp08.Connection {
	t.Helper()
	conn, err := amqp08.Dial(bounded(t), node.URI(), config)
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

func open(t *testing.T, conn *amqp08.Connection, events *amqp08.ChannelEvents) *amqp08.Channel {
	t.Helper()
	ch, err := conn.ChannelWithEvents(bounded(t), events)
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

// channel opens a channel on a connection of its own.
func channel(t *testing.T) *amqp08.Channel {
	t.Helper()
	return open(t, dial(t, rabbit.ForTest(t), nil), nil)
}

// queue declares a queue of the test's own, on the channel.
func queue(t *testing.T, ch *amqp08.Channel) string {
	t.Helper()
	q, err := ch.DeclareQueue(bounded(t), "", &amqp08.QueueOptions{Exclusive: true})
	if err != nil {
		t.Fatal(err)
	}
	return q.Name
}

// publish sends n messages with the bodies 0, 1, … to a queue.
func publish(t *testing.T, ch *amqp08.Channel, queue string, n int) {
	t.Helper()
	for i := range n {
		if err := ch.Publish(bounded(t), "", queue, amqp08.Message{Body: fmt.Append(nil, i)}, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// must fails the test at the first error.
func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}
