//amqpgen:requires queue.bind

package client

import "context"

// BindQueue makes an exchange route messages with the key to a queue; for a
// topic exchange the key is a pattern, with * for a word and # for any number of
// them. The empty queue name is the last one declared on this channel.
func (c *Channel) BindQueue(ctx context.Context, queue, exchange, routingKey string, o *BindOptions) error {
	_, err := c.QueueBind(ctx, *o.bind(queue, exchange, routingKey))
	return err
}
