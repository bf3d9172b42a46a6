package client

import "context"

// Message is a message to publish, or one that was received.
type Message struct {
	BasicProperties
	Body []byte
}

// messageOf makes a message of content of class basic.
func messageOf(content Content) Message {
	m := Message{Body: content.Body}
	if p, ok := content.Properties.(*BasicProperties); ok {
		m.BasicProperties = *p
	}
	return m
}

// Publish sends a message to an exchange; the empty name is the default
// exchange, which routes to the queue called as the key.
//
// Nil means that the message stands whole and in order in the connection's
// outgoing buffer; [Channel.Flush] waits until the kernel has it. Servers do
// not answer a publish: what they refuse closes the channel, and calls fail with
// the reason as soon as it is here. While the buffer is full, or the server has asked for a pause,
// Publish waits under ctx; an error then says NotSent.
//
// A body of up to 64 KiB is copied. A larger one is read until Publish returns;
// if ctx ends while it is being written, the connection is broken off, and the
// error says MaybeSent.
func (c *Channel) Publish(ctx context.Context, exchange, routingKey string, m Message, o *PublishOptions) error {
	p := o.publish(exchange, routingKey)
	return c.publish(ctx, p, &m.BasicProperties, m.Body)
}

// publish encodes a message straight into the outgoing buffer. Nothing of it
// is allocated.
func (c *Channel) publish(ctx context.Context, m BasicPublish, properties *BasicProperties, body []byte) error {
	const op = "basic.publish"
	if (m.Mandatory || m.Immediate) && (c.events == nil || c.events.OnReturn == nil) {
		return c.opError(op, NotSent, &UsageError{Field: "mandatory or immediate", Reason: "asks for the message back, and the channel was opened without OnReturn"})
	}
	w := c.conn.w
	if err := w.beginLock(ctx, c, true); err != nil {
		return c.opError(op, NotSent, err)
	}
	start := w.mark()
	frame := w.openFrame(FrameMethod, c.id)
	m.encode(&w.enc)
	w.closeFrame(frame)
	frame = w.openFrame(FrameHeader, c.id)
	w.enc.contentHeader(ClassBasic, uint64(len(body)))
	properties.encode(&w.enc)
	w.closeFrame(frame)
	lent := w.body(c.id, body)
	if err := w.enc.err; err != nil {
		w.abandonUnlock(start)
		return c.opError(op, NotSent, err)
	}
	end := w.commitUnlock(start)
	if !lent {
		return nil
	}
	if err := w.loanReturned(ctx, body, end); err != nil {
		return c.opError(op, MaybeSent, err)
	}
	return nil
}

// Flush waits until the kernel has taken all that was sent so far on this
// channel, and on the others of its connection.
func (c *Channel) Flush(ctx context.Context) error { return c.conn.Flush(ctx) }
