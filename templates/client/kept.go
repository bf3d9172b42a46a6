package client

import (
	"context"
	"errors"
	"iter"
	"time"
)

// KeptChannel is a channel of a [Keeper]: whenever it or its connection has
// ended, it is opened and set up anew for whoever needs it next. Its methods are
// safe for any number of goroutines.
//
// What has not been sent for want of a channel is sent on the next one, as long
// as the caller's context lasts. What may have been sent is not sent again, but
// for the caller's own choice: the error says MaybeSent.
type KeptChannel struct {
	keeper *Keeper
	setup  func(context.Context, *Channel) error
	events *ChannelEvents

	turn    chan struct{} // held by whoever looks for a channel; guards what follows
	current *Channel
	opened  time.Time // when current was
	pause   backoff
	last    error // why the last attempt failed
}

// Channel returns a channel that is kept. setup, which may be nil, is called for
// each new one before it is used, with the context of whoever needs it: to
// declare, select confirms, and the like; see [Topology]. If it fails, the
// channel is closed, and the next attempt comes after a while; so it does if a
// channel does not last.
func (k *Keeper) Channel(setup func(ctx context.Context, ch *Channel) error, events *ChannelEvents) *KeptChannel {
	return &KeptChannel{keeper: k, setup: setup, events: events, turn: make(chan struct{}, 1), pause: k.backoff()}
}

const opKept = "channel.open"

// Channel returns the channel that is open, and waits for one if there is none.
// If ctx ends first, the error holds also why the last attempt failed.
func (c *KeptChannel) Channel(ctx context.Context) (*Channel, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return nil, &OpError{Op: opKept, Err: context.Cause(ctx)}
	}
	for {
		if c.current != nil && c.current.Err() == nil {
			return c.current, nil
		}
		c.retire()
		if err := c.pause.wait(ctx, c.keeper.done); err != nil {
			return nil, &OpError{Op: opKept, Err: errors.Join(err, c.last)}
		}
		conn, err := c.keeper.Connection(ctx)
		if err != nil {
			return nil, err
		}
		c.open(ctx, conn)
	}
}

// retire leaves a channel behind that has ended. One that has not lasted is no
// better than an attempt that failed, unless its connection has ended.
func (c *KeptChannel) retire() {
	if c.current == nil {
		return
	}
	if time.Since(c.opened) < c.pause.first && !c.current.conn.ending() {
		c.last = c.current.Err()
		c.pause.failed()
	} else {
		c.pause.failures = 0
	}
	c.current = nil
}

// open makes an attempt.
func (c *KeptChannel) open(ctx context.Context, conn *Connection) {
	ch, err := conn.ChannelWithEvents(ctx, c.events)
	if err == nil && c.setup != nil {
		if err = c.setup(ctx, ch); err != nil {
			ch.startClose(ErrClosed, ChannelClose{ReplyCode: ReplySuccess}) // without waiting for the server
		}
	}
	switch {
	case err == nil:
		c.current, c.opened, c.last = ch, time.Now(), nil
	case conn.ending(): // it is not the channel's fault
		select {
		case <-conn.Done():
		case <-ctx.Done():
		}
	case ctx.Err() == nil: // else it is the caller's time that is over
		c.last = err
		c.pause.failed()
		c.keeper.warn("setting up a channel failed", c.pause.failures, err)
	}
}

// each tries something on the channel that is open, and again on the next one
// if it has not been sent for want of that.
func (c *KeptChannel) each(ctx context.Context, try func(*Channel) error) error {
	for {
		ch, err := c.Channel(ctx)
		if err != nil {
			return err
		}
		err = try(ch)
		if err == nil || !unsent(err) || !ended(ctx, ch) {
			return err
		}
	}
}

// unsent reports whether an operation has left nothing on the wire.
func unsent(err error) bool {
	var op *OpError
	return errors.As(err, &op) && op.Sent == NotSent
}

// ended reports whether a channel has ended. One that sends nothing more is
// about to.
func ended(ctx context.Context, ch *Channel) bool {
	if ch.over() == nil {
		return false
	}
	select {
	case <-ch.Done():
		return true
	case <-ctx.Done():
		return false
	}
}

// Publish is [Channel.Publish] on the channel that is open, or on the next one.
func (c *KeptChannel) Publish(ctx context.Context, exchange, routingKey string, m Message, o *PublishOptions) error {
	return c.each(ctx, func(ch *Channel) error { return ch.Publish(ctx, exchange, routingKey, m, o) })
}

// PublishReceipt is [Channel.PublishReceipt] on the channel that is open, or on
// the next one.
func (c *KeptChannel) PublishReceipt(ctx context.Context, exchange, routingKey string, m Message, o *PublishOptions) (*Receipt, error) {
	var r *Receipt
	err := c.each(ctx, func(ch *Channel) (err error) {
		r, err = ch.PublishReceipt(ctx, exchange, routingKey, m, o)
		return err
	})
	return r, err
}

// Consume is [Channel.Consume] on one channel after the other: it goes on where
// a channel or connection has ended. What was not settled by then comes again,
// marked as redelivered; settling the old delivery fails, and nothing is sent.
// The loop ends with ctx, when the server cancels the consumer or refuses it,
// and with the keeper.
func (c *KeptChannel) Consume(ctx context.Context, queue string, o *ConsumeOptions) iter.Seq2[Delivery, error] {
	return func(yield func(Delivery, error) bool) {
		for {
			ch, err := c.Channel(ctx)
			if err != nil {
				yield(Delivery{}, err)
				return
			}
			watched, started := watchStart(o)
			for d, err := range ch.Consume(ctx, queue, watched) {
				if err != nil && resumes(ctx, ch, err, *started) {
					break
				}
				if !yield(d, err) {
					return
				}
				if err != nil {
					return
				}
			}
		}
	}
}

// Handle is [Channel.Handle] on one channel after the other, as
// [KeptChannel.Consume] is.
func (c *KeptChannel) Handle(ctx context.Context, queue string, handler Handler, o *ConsumeOptions) error {
	for {
		ch, err := c.Channel(ctx)
		if err != nil {
			return err
		}
		watched, started := watchStart(o)
		err = ch.Handle(ctx, queue, handler, watched)
		if err == nil || !resumes(ctx, ch, err, *started) {
			return err
		}
	}
}

// watchStart copies options such that they tell whether the consumer started.
func watchStart(o *ConsumeOptions) (watched *ConsumeOptions, started *bool) {
	watched, started = new(ConsumeOptions), new(bool)
	if o != nil {
		*watched = *o
	}
	onStart := watched.OnStart
	watched.OnStart = func(tag string) {
		*started = true
		if onStart != nil {
			onStart(tag)
		}
	}
	return watched, started
}

// resumes reports whether a consumer that has ended by err is to go on, on the
// next channel. What the server has refused it would refuse again.
func resumes(ctx context.Context, ch *Channel, err error, started bool) bool {
	var handler *HandlerError
	var op *OpError
	switch {
	case ctx.Err() != nil, errors.As(err, &handler), !ended(ctx, ch):
		return false
	case !started && errors.As(err, &op) && op.Sent == WasSent:
		return false
	}
	return true
}
