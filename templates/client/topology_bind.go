//amqpgen:requires queue.bind

package client

import "context"

// Bind adds what [Channel.BindQueue] binds.
func (t *Topology) Bind(queue *TopologyQueue, exchange, routingKey string, o *BindOptions) {
	var options BindOptions
	if o != nil {
		options = *o
	}
	t.Add(func(ctx context.Context, ch *Channel) error {
		return ch.BindQueue(ctx, queue.Name(), exchange, routingKey, &options)
	})
}
