//amqpgen:requires queue.unbind

package client

import "context"

// UnbindQueue takes back a BindQueue with the same key and arguments. RabbitMQ
// agrees also if there was none.
func (c *Channel) UnbindQueue(ctx context.Context, queue, exchange, routingKey string, o *UnbindOptions) error {
	_, err := c.QueueUnbind(ctx, *o.unbind(queue, exchange, routingKey))
	return err
}
