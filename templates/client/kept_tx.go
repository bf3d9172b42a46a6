//amqpgen:requires tx.select

package client

import "context"

// PublishTx is [Channel.PublishTx] on the channel that is open, or on the next
// one; setup calls [Channel.SelectTx]. An error that says MaybeSent leaves it to
// the caller whether to publish again, and have the message twice if need be.
func (c *KeptChannel) PublishTx(ctx context.Context, exchange, routingKey string, m Message, o *PublishOptions) error {
	return c.each(ctx, func(ch *Channel) error { return ch.PublishTx(ctx, exchange, routingKey, m, o) })
}
