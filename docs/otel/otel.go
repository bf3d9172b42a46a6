// Package otel is an example: hooks of a generated client that make spans of
// OpenTelemetry, and carry the trace from publisher to handler in the messages'
// headers. For another generated package, change the one import.
package otel

import (
	"context"

	amqp "github.com/amqpgen/amqpgen/generated/amqp08"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Hooks returns what to put into Config.Hooks.
func Hooks(tracer trace.Tracer, propagator propagation.TextMapPropagator) amqp.Hooks {
	start := func(ctx context.Context, kind trace.SpanKind, name string, attributes ...attribute.KeyValue) (context.Context, func(error)) {
		ctx, span := tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithAttributes(attributes...))
		return ctx, func(err error) { end(span, err) }
	}
	return amqp.Hooks{
		Connect: func(ctx context.Context, address string) (context.Context, func(error)) {
			return start(ctx, trace.SpanKindClient, "connect", attribute.String("server.address", address))
		},
		Call: func(ctx context.Context, c amqp.CallInfo) (context.Context, func(error)) {
			return start(ctx, trace.SpanKindClient, c.Method.String(), attribute.Int("amqp.channel", int(c.Channel)))
		},
		Publish: func(ctx context.Context, p *amqp.PublishInfo) (context.Context, func(error)) {
			ctx, ended := start(ctx, trace.SpanKindProducer, "send "+p.Exchange,
				attribute.String("messaging.system", "rabbitmq"),
				attribute.String("messaging.destination.name", p.Exchange),
				attribute.String("messaging.rabbitmq.destination.routing_key", p.RoutingKey),
				attribute.Int64("messaging.message.body.size", p.Size))
			propagator.Inject(ctx, headers{&p.Properties.Headers})
			return ctx, ended
		},
		Deliver: func(ctx context.Context, d *amqp.Delivery) (context.Context, func(error)) {
			ctx = propagator.Extract(ctx, headers{&d.Headers})
			return start(ctx, trace.SpanKindConsumer, "process "+d.Exchange,
				attribute.String("messaging.system", "rabbitmq"),
				attribute.String("messaging.rabbitmq.destination.routing_key", d.RoutingKey))
		},
	}
}

func end(span trace.Span, err error) {
	if err != nil {
		span.RecordError(err)
		span.SetStatus(codes.Error, err.Error())
	}
	span.End()
}

// headers has a propagator read and write a message's headers.
type headers struct{ table *amqp.Table }

func (h headers) Get(key string) string {
	value, _ := h.table.Get(key)
	s, _ := value.(string)
	return s
}

func (h headers) Set(key, value string) {
	entries := []amqp.Entry{{Name: key, Value: value}}
	for name, v := range h.table.All() {
		if name != key {
			entries = append(entries, amqp.Entry{Name: name, Value: v})
		}
	}
	*h.table = amqp.NewTable(entries...)
}

func (h headers) Keys() []string {
	var out []string
	for name := range h.table.All() {
		out = append(out, name)
	}
	return out
}
