package client

import "context"

// Hooks are functions of the program around what the client does, as for
// traces and metrics. Each may be nil. It gets a context and returns the one to
// go on with, and what to call at the end, or nil, with the error or nil. All
// run where the program has called, or where its handler runs; several may at
// once.
type Hooks struct {
	// Connect is around each attempt to connect to an address, up to where the
	// connection may be used.
	Connect func(ctx context.Context, address string) (context.Context, func(error))

	// Call is around each request and the wait for its reply.
	Call func(ctx context.Context, c CallInfo) (context.Context, func(error))

	// Publish is around each publish, until the message stands in the outgoing
	// buffer: a [Receipt] knows of its fate. It may change the properties, as to
	// add a header. Without it a publish costs nothing more.
	Publish func(ctx context.Context, p *PublishInfo) (context.Context, func(error))

	// Deliver is around each call of a [Handler]. [ErrStop] is no error here.
	Deliver func(ctx context.Context, d *Delivery) (context.Context, func(error))

	// Blocked is called when the server, in versions of the protocol that have
	// connection.blocked, reads no more messages from a connection, and with an
	// empty reason when it does again. It runs on a goroutine of the
	// connection's, one call after the other.
	Blocked func(c *Connection, reason string)
}

// CallInfo is what [Hooks].Call learns of a request.
type CallInfo struct {
	Channel uint16
	Method  MethodID
	Request any // the method's struct, such as QueueDeclare
}

// PublishInfo is what [Hooks].Publish learns of a message.
type PublishInfo struct {
	Channel    uint16
	Exchange   string
	RoutingKey string
	Size       int64            // of the body
	Properties *BasicProperties // to be changed, not to be kept
}

// hooked calls a hook, if there is one.
func hooked[T any](ctx context.Context, hook func(context.Context, T) (context.Context, func(error)), on T) (context.Context, func(error)) {
	ended := func(error) {}
	if hook == nil {
		return ctx, ended
	}
	ctx, wanted := hook(ctx, on)
	if wanted != nil {
		ended = wanted
	}
	return ctx, ended
}

// hookPublish is hooked for a message.
func (c *Channel) hookPublish(ctx context.Context, m *BasicPublish, properties *BasicProperties, size int64) (context.Context, func(error)) {
	hook := c.conn.config.Hooks.Publish
	if hook == nil {
		return hooked(ctx, hook, nil)
	}
	return hooked(ctx, hook, &PublishInfo{
		Channel:    c.id,
		Exchange:   m.Exchange,
		RoutingKey: m.RoutingKey,
		Size:       size,
		Properties: properties,
	})
}
