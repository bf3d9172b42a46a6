//amqpgen:requires confirm.select basic.nack

package client

import (
	"context"
	"fmt"
)

// ConfirmOptions are the options of [Channel.SelectConfirm]. Nil or zero means
// the defaults.
type ConfirmOptions struct {
	// Window is how many messages may be without the server's answer; further
	// ones wait until an eighth of it is free. 0 means 4096, below zero no bound.
	// To select again sets another one.
	Window int
}

const defaultWindow = 4096

// SelectConfirm has the server confirm, for good, each message that is published
// on the channel: [Channel.PublishConfirm] waits for that,
// [Channel.PublishReceipt] lets it be asked for, and [Channel.WaitConfirms] waits
// for all at once.
func (c *Channel) SelectConfirm(ctx context.Context, o *ConfirmOptions) error {
	window := defaultWindow
	if o != nil && o.Window != 0 {
		window = max(o.Window, 0)
	}
	s := newSlot(ConfirmSelect{})
	s.queued = func() { c.track(true, window) }
	return c.ask(ctx, nil, s)
}

// PublishConfirm is [Channel.Publish] on a channel with [Channel.SelectConfirm],
// and waits until the server has taken charge of the message. Otherwise the error
// says what became of it, see [Receipt.Wait].
//
// To publish many, publish them all before waiting: with receipts, with
// [Channel.WaitConfirms], or from many goroutines.
func (c *Channel) PublishConfirm(ctx context.Context, exchange, routingKey string, m Message, o *PublishOptions) error {
	r, err := c.PublishReceipt(ctx, exchange, routingKey, m, o)
	if err != nil {
		return err
	}
	return r.Wait(ctx)
}

// UnconfirmedError counts the messages that the server did not take charge of.
type UnconfirmedError struct {
	Nacked, Returned int
}

func (e *UnconfirmedError) Error() string {
	return fmt.Sprintf("of the messages published, %d were nacked and %d returned", e.Nacked, e.Returned)
}

// WaitConfirms waits until the server has decided on all that has been published
// on the channel so far. Nil means that it has taken charge of each message, or
// has given it back to OnReturn; an *[UnconfirmedError] counts those of which it
// has not, since WaitConfirms last said so. Without [Channel.SelectConfirm] nobody
// could tell, which is a *[UsageError].
func (c *Channel) WaitConfirms(ctx context.Context) error {
	const op = "wait for confirms"
	if !c.hasConfirms() {
		return c.opError(op, NotSent, &UsageError{Field: "the channel", Reason: "has no confirms; call SelectConfirm before publishing"})
	}
	if err := c.awaitSettled(ctx); err != nil {
		return c.opError(op, MaybeSent, err)
	}
	failed, lost := c.unconfirmed()
	switch {
	case lost:
		return c.opError(op, MaybeSent, c.Err())
	case failed != UnconfirmedError{}:
		return c.opError(op, WasSent, &failed)
	}
	return nil
}

// unconfirmed counts, from one call to the next, what the server has refused, and
// reports whether the channel's end has left the fate of anything open.
func (c *Channel) unconfirmed() (failed UnconfirmedError, lost bool) {
	c.conn.w.mu.Lock()
	defer c.conn.w.mu.Unlock()
	l := c.ledger
	if !l.lost {
		failed = UnconfirmedError{l.nacked, l.returned}
		l.nacked, l.returned = 0, 0
	}
	return failed, l.lost
}

// onBasicAck takes the server's word that it has taken charge of messages.
func (c *Channel) onBasicAck(b []byte, d *decoder) error {
	var m BasicAck
	if err := d.end(m.decode(b, d)); err != nil {
		return err
	}
	return c.settle(uint64(m.DeliveryTag), m.Multiple, accepted)
}

// onBasicNack takes its word that it has not.
func (c *Channel) onBasicNack(b []byte, d *decoder) error {
	var m BasicNack
	if err := d.end(m.decode(b, d)); err != nil {
		return err
	}
	return c.settle(uint64(m.DeliveryTag), m.Multiple, refused)
}
