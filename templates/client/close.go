package client

import (
	"context"
	"errors"
	"os"
	"time"
)

// Close ends the connection and waits for the server to agree, two seconds at
// most. What was published before is sent before. What is pending fails with
// [ErrClosed]. Closing twice is fine, and so is closing from a handler.
func (c *Connection) Close() error { return c.CloseWith(ConnectionClose{ReplyCode: ReplySuccess}) }

// CloseWith is [Connection.Close] with a reason for the server.
func (c *Connection) CloseWith(m ConnectionClose) error {
	if c == nil { // deferred before the error of Dial was looked at
		return &OpError{Op: "connection.close", Err: &UsageError{Field: "the connection", Reason: "is nil"}}
	}
	if len(m.ReplyText) > 255 {
		return &OpError{Op: "connection.close", Err: &UsageError{Field: "ReplyText", Reason: "has more than 255 octets"}}
	}
	return c.closeWithin(context.Background(), m)
}

// closeMoment is what is left for a close whose context has ended.
const closeMoment = 50 * time.Millisecond

// closeWithin waits for the server to agree, two seconds at most, and no more than
// a moment once ctx has ended.
func (c *Connection) closeWithin(ctx context.Context, m ConnectionClose) error {
	c.closeOnce.Do(func() { c.startClose(m) })
	timeout := time.NewTimer(closeWait)
	defer timeout.Stop()
	unwatch := context.AfterFunc(ctx, func() { timeout.Reset(closeMoment) })
	defer unwatch()
	select {
	case <-c.done:
		return nil
	case <-timeout.C:
		c.abort(ErrClosed)
		<-c.done
		return &OpError{Op: "connection.close", Sent: MaybeSent, Err: &TransportError{Stage: "close", Err: os.ErrDeadlineExceeded}}
	}
}

// startClose queues connection.close and lets nothing follow it.
func (c *Connection) startClose(m ConnectionClose) {
	channels := c.open()
	c.w.mu.Lock()
	for _, ch := range channels {
		ch.sendNoted(true)
	}
	close(c.closing) // before the server can answer
	if start := c.w.mark(); c.w.err == nil {
		c.w.method(0, m)
		c.w.err = ErrClosed
		c.w.notify()
		c.w.commitUnlock(start)
	} else {
		c.w.mu.Unlock()
	}
	for _, ch := range c.open() {
		ch.closing.Store(true)
		ch.fail(ErrClosed)
	}
}

func (c *Connection) isClosing() bool {
	select {
	case <-c.closing:
		return true
	default:
		return false
	}
}

// Shutdown ends the connection in good order: consumers are cancelled, their
// handlers and loops come to the end of the delivery that they are at, what was
// prefetched goes back or, with NoAck, is handled, all is sent and, where
// there are confirms, confirmed, and the connection is closed. If ctx ends first the
// rest is skipped, and the server has no more than a moment to agree. Within a
// consumer's own loop or handler use Close: there, Shutdown would wait for
// itself.
func (c *Connection) Shutdown(ctx context.Context) error {
	c.mu.Lock()
	c.draining = true
	c.mu.Unlock()
	err := c.drain(ctx)
	return errors.Join(err, c.closeWithin(ctx, ConnectionClose{ReplyCode: ReplySuccess}))
}

func (c *Connection) drain(ctx context.Context) error {
	var leaving []*consumer
	for _, ch := range c.open() {
		for _, cons := range ch.consuming() {
			if cons.noAck {
				ch.dismiss(cons, ErrClosed)
			} else {
				cons.end(ErrClosed, true)
			}
			leaving = append(leaving, cons)
		}
	}
	for _, cons := range leaving {
		select {
		case <-cons.left:
		case <-ctx.Done():
			return cons.channel.opError("shutdown", MaybeSent, context.Cause(ctx))
		}
	}
	for _, ch := range c.open() {
		if err := ch.awaitSent(ctx); err != nil {
			return ch.opError("shutdown", MaybeSent, err)
		}
	}
	return c.Flush(ctx)
}
