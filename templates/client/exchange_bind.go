//amqpgen:requires exchange.bind

package client

import "context"

// BindExchange makes an exchange pass messages with the key on to another one;
// for a source of type topic the key is a pattern.
func (c *Channel) BindExchange(ctx context.Context, destination, source, routingKey string, o *ExchangeBindOptions) error {
	_, err := c.ExchangeBind(ctx, *o.bind(destination, source, routingKey))
	return err
}
