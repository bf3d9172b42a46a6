//amqpgen:requires exchange.declare

package client

import "context"

// DeclareExchange creates an exchange, or checks that the one of that name
// matches; if it does not, the channel is closed. The type defaults to direct,
// but for a passive declaration.
func (c *Channel) DeclareExchange(ctx context.Context, exchange string, o *ExchangeOptions) error {
	m := o.declare(exchange)
	if m.Type == "" && !m.Passive {
		m.Type = "direct"
	}
	_, err := c.ExchangeDeclare(ctx, *m)
	return err
}
