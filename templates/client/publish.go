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
	return c.publish(ctx, o.publish(exchange, routingKey), &m.BasicProperties, m.Body)
}

const opPublish = "basic.publish"

func (c *Channel) publish(ctx context.Context, m *BasicPublish, properties *BasicProperties, body []byte) error {
	_, err := c.post(ctx, m, properties, body, false)
	return err
}

// publishContent publishes what [CallContent] was given.
func (c *Channel) publishContent(ctx context.Context, m BasicPublish, content *Content) error {
	var properties *BasicProperties
	switch p := content.Properties.(type) {
	case *BasicProperties:
		properties = p
	case nil:
		properties = new(BasicProperties)
	default:
		return c.opError(opPublish, NotSent, &UsageError{Field: "properties", Reason: "are of class " + className(p.ClassID())})
	}
	return c.publish(ctx, &m, properties, content.Body)
}

// post queues a message between the calls of the program's hook, if there is one.
func (c *Channel) post(ctx context.Context, m *BasicPublish, properties *BasicProperties, body []byte, receipt bool) (*Receipt, error) {
	if err := c.checkReturns(m, receipt); err != nil {
		return nil, err
	}
	if c.conn.config.Hooks.Publish == nil {
		return c.enqueue(ctx, m, properties, body, receipt)
	}
	changeable := *properties // on the heap, which its original stays off
	ctx, ended := c.hookPublish(ctx, m, &changeable, int64(len(body)))
	r, err := c.enqueue(ctx, m, &changeable, body, receipt)
	ended(err)
	return r, err
}

// checkReturns fails if the message could come back to nobody.
func (c *Channel) checkReturns(m *BasicPublish, receipt bool) error {
	if (m.Mandatory || m.Immediate) && !receipt && !c.hearsReturns() {
		return c.opError(opPublish, NotSent, &UsageError{Field: "mandatory or immediate", Reason: "asks for the message back, and the channel was opened without OnReturn"})
	}
	return nil
}

// enqueue encodes a message straight into the outgoing buffer, and enters it into
// the channel's ledger, if there is one. Nothing of the message is allocated.
func (c *Channel) enqueue(ctx context.Context, m *BasicPublish, properties *BasicProperties, body []byte, receipt bool) (*Receipt, error) {
	w := c.conn.w
	if err := w.beginLock(ctx, c, true); err != nil {
		return nil, c.opError(opPublish, NotSent, err)
	}
	start := w.mark()
	header := w.head(c.id, m, properties, uint64(len(body)))
	lent := w.body(c.id, body)
	if err := w.refusal(c, receipt); err != nil {
		w.abandonUnlock(start)
		return nil, c.opError(opPublish, NotSent, err)
	}
	var r *Receipt
	if c.ledger != nil {
		r = c.ledger.enter(c, receipt)
		if m.Mandatory || m.Immediate {
			c.ledger.mayReturn(messageSum(m.Exchange, m.RoutingKey, header.of(w.buf), body), receipt)
		}
	}
	w.sent.published++
	end := w.commitUnlock(start)
	if lent {
		if err := w.loanReturned(ctx, body, end); err != nil {
			return r, c.opError(opPublish, MaybeSent, err)
		}
	}
	return r, nil
}

var errNoFates = &UsageError{Field: "the channel", Reason: "has neither confirms nor transactions, so that nobody will say what becomes of the message"}

// refusal says why a message that has been encoded is not to go: it does not fit
// the wire, or there will be nobody to settle its receipt. The writer's lock is held.
func (w *writer) refusal(c *Channel, receipt bool) *UsageError {
	if receipt && c.ledger == nil {
		return errNoFates
	}
	return w.enc.err
}

// Flush waits until the kernel has taken all that was sent so far on this
// channel, and on the others of its connection. What ConsumeOptions.AckEvery holds
// back is sent first.
func (c *Channel) Flush(ctx context.Context) error { return c.conn.Flush(ctx) }
