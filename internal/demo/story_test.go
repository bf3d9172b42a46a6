package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
	"github.com/amqpgen/amqpgen/internal/broker"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

func TestMain(m *testing.M) { os.Exit(rabbit.Main(m)) }

// told runs the demo and returns its story, without the lines that name the broker.
func told(t *testing.T, uri string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out bytes.Buffer
	if err := run(ctx, uri, &out); err != nil {
		t.Fatalf("%v after:\n%s", err, out.String())
	}
	var kept []string
	for line := range strings.Lines(out.String()) {
		if !strings.HasPrefix(line, "#") && !strings.Contains(line, "connected to") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

func TestOwnBroker(t *testing.T) {
	story := told(t, "")
	for _, c := range chapters {
		if !strings.Contains(story, c.title) {
			t.Errorf("the chapter %q is not told:\n%s", c.title, story)
		}
	}
}

func TestTwiceOnOneBroker(t *testing.T) {
	b, err := broker.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if first, second := told(t, b.URI()), told(t, b.URI()); first != second {
		t.Errorf("first:\n%s\nsecond:\n%s", first, second)
	}
}

// TestSameStoryOnRabbitMQ holds the broker in memory to the real one.
func TestSameStoryOnRabbitMQ(t *testing.T) {
	node := rabbit.ForTest(t)
	if real, own := told(t, node.URI()), told(t, ""); real != own {
		t.Errorf("RabbitMQ's:\n%s\nour own:\n%s", real, own)
	}
}

// stopper cancels a context once some text is written.
type stopper struct {
	at     string
	cancel context.CancelFunc
}

func (s stopper) Write(b []byte) (int, error) {
	if strings.Contains(string(b), s.at) {
		s.cancel()
	}
	return len(b), nil
}

func TestInterrupted(t *testing.T) {
	b, err := broker.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for _, at := range []string{"Getting in touch", "A loop over", "acknowledged", "A transaction"} {
		ctx, cancel := context.WithCancel(t.Context())
		err := run(ctx, b.URI(), stopper{at, cancel})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted at %q: %v", at, err)
		}
	}
	nothingLeft(t, b.URI())
}

func nothingLeft(t *testing.T, uri string) {
	t.Helper()
	ctx := t.Context()
	conn, err := amqp08.Dial(ctx, uri, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ch, err := conn.Channel(ctx)
	if err != nil {
		t.Fatal(err)
	}
	err = ch.DeclareExchange(ctx, exchange, &amqp08.ExchangeOptions{Passive: true})
	if !errors.Is(err, amqp08.ReplyNotFound) {
		t.Errorf("the exchange is still there: %v", err)
	}
}

func TestNoBroker(t *testing.T) {
	var out bytes.Buffer
	err := run(t.Context(), "amqp://127.0.0.1:1/", &out)
	var transport *amqp08.TransportError
	if !errors.As(err, &transport) {
		t.Errorf("without a broker: %v", err)
	}
}
