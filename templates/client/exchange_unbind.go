//amqpgen:requires exchange.unbind

package client

import "context"

// UnbindExchange takes back a BindExchange with the same key and arguments.
// RabbitMQ agrees also if there was none.
func (c *Channel) UnbindExchange(ctx context.Context, destination, source, routingKey string, o *ExchangeUnbindOptions) error {
	_, err := c.ExchangeUnbind(ctx, *o.unbind(destination, source, routingKey))
	return err
}
