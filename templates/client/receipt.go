package client

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

// Receipt stands for one published message, and for what becomes of it. It
// comes from [Channel.PublishReceipt]. Its methods are safe for any number of
// goroutines, and it need not be looked at.
type Receipt struct {
	channel  *Channel
	fate     atomic.Uint32
	returned *Return       // by the server; both under the writer's lock until settled
	done     chan struct{} // made for the first who waits
}

// fate is what became of a message.
type fate uint32

const (
	undecided  fate = iota
	accepted        // by the server
	refused         // by the server
	returned        // by the server, since no queue took it
	rolledBack      // with its transaction
	lost            // the channel has ended; nobody knows
)

var (
	// ErrNacked says that the server could not take charge of a message.
	ErrNacked = errors.New("the server refuses to take charge of the message")
	// ErrRolledBack says that a message was taken back with its transaction.
	ErrRolledBack = errors.New("the transaction was rolled back")
)

// ReturnedError says that no queue took a message that was published as
// mandatory, or no consumer one that was immediate. errors.Is finds its code.
type ReturnedError struct {
	Return Return
}

func (e *ReturnedError) Error() string {
	r := &e.Return
	return fmt.Sprintf("the server returns the message: %d %s (exchange %q, routing key %q)", uint16(r.Code), r.Text, r.Exchange, r.RoutingKey)
}

// Unwrap returns the reply code.
func (e *ReturnedError) Unwrap() error { return e.Return.Code }

// Wait waits until the fate of the message is known. Nil means that the server
// has taken charge of it. Otherwise the error wraps [ErrNacked], a
// *[ReturnedError], or [ErrRolledBack]; or it says MaybeSent, and why nobody can
// tell: the channel has ended, or ctx, in which case a later Wait may tell.
func (r *Receipt) Wait(ctx context.Context) error {
	if !r.settled() {
		select {
		case <-r.Done():
		case <-ctx.Done():
			return r.channel.opError(opPublish, MaybeSent, context.Cause(ctx))
		}
	}
	return r.Err()
}

// Done is closed once the fate of the message is known.
func (r *Receipt) Done() <-chan struct{} {
	w := r.channel.conn.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.done == nil {
		r.done = make(chan struct{})
		if r.settled() {
			close(r.done)
		}
	}
	return r.done
}

// Err says why the server has not taken charge of the message, as Wait does.
// It is nil if it has, and also while that is not known.
func (r *Receipt) Err() error {
	switch fate(r.fate.Load()) {
	case refused:
		return r.channel.opError(opPublish, WasSent, ErrNacked)
	case returned:
		return r.channel.opError(opPublish, WasSent, &ReturnedError{*r.returned})
	case rolledBack:
		return r.channel.opError(opPublish, WasSent, ErrRolledBack)
	case lost:
		return r.channel.opError(opPublish, MaybeSent, r.channel.Err())
	}
	return nil
}

func (r *Receipt) settled() bool { return r.fate.Load() != uint32(undecided) }

// settle tells all who wait. The writer's lock is held.
func (r *Receipt) settle(f fate) {
	r.fate.Store(uint32(f))
	if r.done != nil {
		close(r.done)
	}
}

// PublishReceipt is [Channel.Publish] on a channel that has confirms or
// transactions, with a receipt to ask for the message's fate. Of a mandatory or
// immediate message the receipt tells too whether it was returned, so that no
// OnReturn is needed.
func (c *Channel) PublishReceipt(ctx context.Context, exchange, routingKey string, m Message, o *PublishOptions) (*Receipt, error) {
	return c.post(ctx, o.publish(exchange, routingKey), &m.BasicProperties, m.Body, true)
}
