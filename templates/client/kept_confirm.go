//amqpgen:requires confirm.select basic.nack

package client

import (
	"context"
	"errors"
)

// PublishConfirm is [Channel.PublishConfirm] on the channel that is open, or on
// the next one; setup calls [Channel.SelectConfirm]. An error that says MaybeSent
// leaves it to the caller whether to publish again, and have the message twice if
// need be: [KeptChannel.PublishAtLeastOnce] does.
func (c *KeptChannel) PublishConfirm(ctx context.Context, exchange, routingKey string, m Message, o *PublishOptions) error {
	return c.each(ctx, func(ch *Channel) error { return ch.PublishConfirm(ctx, exchange, routingKey, m, o) })
}

// PublishAtLeastOnce is PublishConfirm, and publishes again, on the next channel,
// if the channel or its connection has ended before the server has decided. So
// the message may come twice.
func (c *KeptChannel) PublishAtLeastOnce(ctx context.Context, exchange, routingKey string, m Message, o *PublishOptions) error {
	var before error // of an attempt that may have reached the server
	for {
		ch, err := c.Channel(ctx)
		if err != nil {
			return after(before, err)
		}
		err = ch.PublishConfirm(ctx, exchange, routingKey, m, o)
		if err == nil || decided(err) || ctx.Err() != nil || !ended(ctx, ch) {
			return after(before, err)
		}
		if !unsent(err) {
			before = err
		}
	}
}

// after has the error of an attempt that was not sent tell of the one before it.
func after(before, err error) error {
	if before == nil || !unsent(err) {
		return err
	}
	return &OpError{Op: opPublish, Sent: MaybeSent, Err: errors.Join(err, before)}
}

// decided reports whether the server has said what becomes of a message, which
// it would say again.
func decided(err error) bool {
	var op *OpError
	var server *ServerError
	return errors.As(err, &op) && op.Sent == WasSent ||
		errors.As(err, &server) && server.Method == (BasicPublish{}).ID()
}
