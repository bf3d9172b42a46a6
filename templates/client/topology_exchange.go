//amqpgen:requires exchange.declare

package client

import "context"

// Exchange adds what [Channel.DeclareExchange] declares.
func (t *Topology) Exchange(exchange string, o *ExchangeOptions) {
	var options ExchangeOptions
	if o != nil {
		options = *o
	}
	t.Add(func(ctx context.Context, ch *Channel) error { return ch.DeclareExchange(ctx, exchange, &options) })
}
