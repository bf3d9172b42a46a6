//amqpgen:keeps channel

package client

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Channel is one conversation with the server within a connection. Its
// methods are safe for any number of goroutines; requests reach the server in
// the order in which they are made.
//
// A request that the server refuses closes the channel, or the connection where
// [ServerError.Scope] says so: all that is pending and all that follows fails
// with the server's error.
type Channel struct {
	conn   *Connection
	id     uint16
	events *ChannelEvents
	outbox outbox // of events for the program

	// Under the lock of the connection's writer:
	sealed  error    // nothing more may be sent, and why
	paused  bool     // the server wants no content: channel.flow
	ledger  *ledger  // of what is published; nil without confirms and transactions
	posting *posting // the message that is half queued, or nil

	mu        sync.Mutex
	slots     []*slot // requests without a reply so far, oldest first
	consumers map[string]*consumer
	err       error         // why the channel has ended
	done      chan struct{} // closed with err
	freed     chan struct{} // closed once the number may be used again

	closing atomic.Bool // channel.close was sent: the server's word counts no more

	turn chan struct{} // held while a consumer is set up

	tally    atomic.Pointer[tally] // of deliveries; nil until a consumer gathers acks
	received atomic.Bool           // a delivery to be settled has come

	// The reader's own:
	in       inbound
	recent   *consumer     // of the last delivery
	arrived  []DeliveryTag // not in the tally yet
	released bool
}

// closeWait bounds how long a close waits for the server.
const closeWait = 2 * time.Second

// Channel opens a channel.
func (c *Connection) Channel(ctx context.Context) (*Channel, error) {
	return c.ChannelWithEvents(ctx, nil)
}

// ChannelWithEvents opens a channel and registers what to call for what the
// server sends of its own accord.
func (c *Connection) ChannelWithEvents(ctx context.Context, events *ChannelEvents) (*Channel, error) {
	ch := c.newChannel(events)
	if err := c.add(ch); err != nil {
		return nil, &OpError{Op: "channel.open", Err: err}
	}
	err := ch.ask(ctx, nil, newSlot(ChannelOpen{}))
	if err != nil {
		var op *OpError
		if errors.As(err, &op) && op.Sent == NotSent {
			c.remove(ch)
		}
		return nil, err
	}
	return ch, nil
}

func (c *Connection) newChannel(events *ChannelEvents) *Channel {
	ch := &Channel{
		conn:      c,
		consumers: map[string]*consumer{},
		done:      make(chan struct{}),
		freed:     make(chan struct{}),
		turn:      make(chan struct{}, 1),
	}
	if events != nil {
		copied := *events
		ch.events = &copied
	}
	return ch
}

// ID returns the channel's number.
func (c *Channel) ID() uint16 { return c.id }

// Done is closed when the channel has ended, for whatever reason.
func (c *Channel) Done() <-chan struct{} { return c.done }

// Err says why the channel has ended; nil while it has not. The first cause
// stays.
func (c *Channel) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close ends the channel and waits for the server to agree, two seconds at
// most. What was published before is sent before. Closing twice is fine, and
// so is closing from a handler.
func (c *Channel) Close() error { return c.CloseWith(ChannelClose{ReplyCode: ReplySuccess}) }

// CloseWith is [Channel.Close] with a reason for the server.
func (c *Channel) CloseWith(m ChannelClose) error {
	if c == nil { // deferred before the error of Channel was looked at
		return &OpError{Op: "channel.close", Err: &UsageError{Field: "the channel", Reason: "is nil"}}
	}
	if err := c.startClose(ErrClosed, m); err != nil {
		return c.opError("channel.close", NotSent, err)
	}
	timeout := time.NewTimer(closeWait)
	defer timeout.Stop()
	select {
	case <-c.freed:
		return nil
	case <-timeout.C:
		return c.opError("channel.close", MaybeSent, &TransportError{Stage: "close", Err: os.ErrDeadlineExceeded})
	}
}

// startClose seals the channel and queues channel.close, once. From then on
// only the server's close and close-ok are looked at.
func (c *Channel) startClose(cause error, m ChannelClose) error {
	if len(m.ReplyText) > 255 {
		return &UsageError{Field: "ReplyText", Reason: "has more than 255 octets"}
	}
	c.control(m, func() {
		c.sealed = cause
		c.closing.Store(true)
		c.conn.w.notify()
	})
	c.fail(cause)
	return nil
}

// seal lets nothing more be sent on the channel. The first cause stays.
func (c *Channel) seal(cause error) {
	w := c.conn.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.sealed == nil {
		c.sealed = cause
		w.notify()
	}
}

// over says why nothing more can be sent on the channel, or nil.
func (c *Channel) over() error {
	w := c.conn.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.sealed != nil {
		return c.sealed
	}
	return w.err
}

// giveUp closes the channel because of something that came over it.
func (c *Channel) giveUp(cause error) {
	c.log(Logger.Error, "channel given up", "cause", cause)
	c.startClose(cause, ChannelClose{ReplyCode: ReplyResourceError, ReplyText: cause.Error()})
}

// fail ends all that goes on in the channel. The first cause stays.
func (c *Channel) fail(cause error) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	c.err = cause
	for _, s := range c.slots {
		s.err = cause
		close(s.done)
	}
	c.slots = nil
	close(c.done)
	c.mu.Unlock()
	c.lose()
	c.dropAcks()
	for _, cons := range c.consuming() {
		cons.end(cause, !cons.noAck)
	}
	c.outbox.end()
}

// closingMethod takes a method after channel.close was sent.
func (c *Channel) closingMethod(k methodKey, b []byte, d *decoder) error {
	if k != keyChannelClose && k != keyChannelCloseOK {
		return nil
	}
	_, err := c.dispatch(k, b, d)
	return err
}

// onChannelClose takes the server's close. The number is free once close-ok
// is queued; if both peers close at once, the server still owes its own.
func (c *Channel) onChannelClose(b []byte, d *decoder) error {
	var m ChannelClose
	if err := d.end(m.decode(b, d)); err != nil {
		return err
	}
	cause := &ServerError{
		Scope:  ScopeChannel,
		Code:   m.ReplyCode,
		Text:   m.ReplyText,
		Method: MethodID{m.ClassID, m.MethodID},
	}
	for _, cons := range c.consuming() {
		cons.pass() // what came before
	}
	c.closed(cause)
	c.log(Logger.Warn, "channel closed by the server", "cause", cause)
	c.fail(cause)
	return nil
}

// closed seals the channel and queues close-ok. Unless that has to wait, or this
// side is closing too, the number is free then, before anybody hears of the end
// and opens the next channel.
func (c *Channel) closed(cause error) {
	first := false
	c.conn.w.mu.Lock()
	later := c.controlUnlock(ChannelCloseOK{}, func() {
		if first = c.sealed == nil; first {
			c.sealed = cause
			c.conn.w.notify()
		}
	})
	c.released = c.released || first
	if first && !later {
		c.free()
	}
}

// refused returns the server's reason to close the channel, if it has. The
// writer's lock is held.
func (c *Channel) refused() error {
	if cause, ok := c.sealed.(*ServerError); ok && cause.Scope == ScopeChannel {
		return cause
	}
	return nil
}

func (c *Channel) onChannelCloseOK(b []byte, d *decoder) error {
	if !c.closing.Load() {
		return ruleError("closes a channel that nobody wants to close")
	}
	c.release()
	return d.end(b)
}

// release frees the channel's number. Only the reader calls it.
func (c *Channel) release() {
	c.released = true
	c.free()
}

// free lets the channel's number be used again.
func (c *Channel) free() {
	if c.conn.remove(c) {
		close(c.freed)
	}
}

// onChannelFlow obeys the server's wish for a pause in publishing, or for its
// end.
func (c *Channel) onChannelFlow(b []byte, d *decoder) error {
	var m ChannelFlow
	if err := d.end(m.decode(b, d)); err != nil {
		return err
	}
	c.control(ChannelFlowOK(m), func() {
		c.paused = !m.Active
		c.conn.w.notify()
	})
	return nil
}
