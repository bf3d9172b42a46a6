package otel

import (
	"context"
	"testing"

	amqp "github.com/amqpgen/amqpgen/generated/amqp08"
	"github.com/amqpgen/amqpgen/internal/broker"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// recorder returns a connection to a broker of its own, and its spans.
func recorder(t *testing.T) (*tracetest.SpanRecorder, *amqp.Connection) {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	tracer := trace.NewTracerProvider(trace.WithSpanProcessor(spans)).Tracer("test")
	b, err := broker.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := amqp.Dial(t.Context(), b.URI(), &amqp.Config{Hooks: Hooks(tracer, propagation.TraceContext{})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		b.Close()
	})
	return spans, conn
}

// TestTraceCrossesTheBroker publishes and handles a message: the handler's span
// is a child of the publisher's, and the other headers are there.
func TestTraceCrossesTheBroker(t *testing.T) {
	spans, conn := recorder(t)
	ctx := t.Context()
	ch, err := conn.Channel(ctx)
	if err != nil {
		t.Fatal(err)
	}
	q, err := ch.DeclareQueue(ctx, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	m := amqp.Message{Body: []byte("hello")}
	m.Headers = amqp.NewTable(amqp.Entry{Name: "colour", Value: "red"}, amqp.Entry{Name: "traceparent", Value: "old"})
	if err := ch.Publish(ctx, "", q.Name, m, nil); err != nil {
		t.Fatal(err)
	}
	err = ch.Handle(ctx, q.Name, func(_ context.Context, d *amqp.Delivery) error {
		if colour, _ := d.Headers.Get("colour"); colour != "red" || d.Headers.Len() != 2 {
			t.Errorf("headers %v", d.Headers)
		}
		return amqp.ErrStop
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]trace.ReadOnlySpan{}
	for _, span := range spans.Ended() {
		named[span.Name()] = span
	}
	for _, name := range []string{"connect", "channel.open", "queue.declare", "send ", "process "} {
		if named[name] == nil {
			t.Fatalf("no span %q among %v", name, named)
		}
	}
	if sent, processed := named["send "], named["process "]; processed.Parent().SpanID() != sent.SpanContext().SpanID() {
		t.Errorf("the handler's span is not a child of the publisher's: %v, %v", processed.Parent(), sent.SpanContext())
	}
}

// TestErrorsEndSpans declares what is not there.
func TestErrorsEndSpans(t *testing.T) {
	spans, conn := recorder(t)
	ch, err := conn.Channel(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ch.DeclareQueue(t.Context(), "none", &amqp.QueueOptions{Passive: true}); err == nil {
		t.Fatal("there is such a queue")
	}
	ended := spans.Ended()
	if last := ended[len(ended)-1]; last.Name() != "queue.declare" || last.Status().Code != codes.Error {
		t.Errorf("%s ends with %v", last.Name(), last.Status())
	}
}
