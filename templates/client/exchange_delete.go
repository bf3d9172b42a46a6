//amqpgen:requires exchange.delete

package client

import "context"

// DeleteExchange deletes an exchange with its bindings. RabbitMQ agrees also if
// there is none.
func (c *Channel) DeleteExchange(ctx context.Context, exchange string, o *ExchangeDeleteOptions) error {
	_, err := c.ExchangeDelete(ctx, *o.delete(exchange))
	return err
}
