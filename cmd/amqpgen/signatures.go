package main

import (
	"fmt"

	"github.com/amqpgen/amqpgen/emit/plan"
	"github.com/amqpgen/amqpgen/model"
)

// signatures says how a Go program sends a method.
func (r *reference) signatures(spec *model.Method) []string {
	m := r.method(spec)
	var out []string
	switch {
	case !spec.FromClient():
		out = append(out, "no call: the server sends it")
	case m.Request == nil:
		out = append(out, "no call: the client's runtime sends it")
	case m.Request.Named:
		out = append(out, "func (c *Channel) "+named(m))
		if f := m.Request.NoWait; f != nil {
			out = append(out, fmt.Sprintf("func (c *Channel) %sNoWait(ctx context.Context, m %[1]s) error", m.Name))
		}
	case m.Request.WithContent():
		out = append(out, fmt.Sprintf("CallContent(ctx context.Context, c *Channel, m %s, content Content) (%s, Content, error)", m.Name, m.Request.Reply))
	default:
		out = append(out, fmt.Sprintf("Call(ctx context.Context, c *Channel, m %s) (%s, error)", m.Name, m.Request.Reply))
	}
	for _, o := range r.pkg.Options {
		if o.Method == m {
			out = append(out, fmt.Sprintf("%s, with %s", o.Verbs, o.Name))
		}
	}
	return out
}

// named is the signature of the method of Channel that sends m.
func named(m *plan.Method) string {
	r := m.Request
	switch {
	case r.SendsContent:
		return fmt.Sprintf("%s(ctx context.Context, m %[1]s, properties %s, body []byte) error", m.Name, m.Content.Name)
	case r.GetsContent:
		return fmt.Sprintf("%s(ctx context.Context, m %[1]s) (%s, Message, error)", m.Name, r.Reply)
	case !r.HasReply():
		return fmt.Sprintf("%s(ctx context.Context, m %[1]s) error", m.Name)
	default:
		return fmt.Sprintf("%s(ctx context.Context, m %[1]s) (%s, error)", m.Name, r.Reply)
	}
}
