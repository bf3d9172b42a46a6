//amqpgen:requires queue.delete

package client

import "context"

// DeleteQueue deletes a queue, and counts the messages that were lost with it.
// RabbitMQ agrees also if there is none.
func (c *Channel) DeleteQueue(ctx context.Context, queue string, o *QueueDeleteOptions) (messages uint32, err error) {
	ok, err := c.QueueDelete(ctx, *o.delete(queue))
	return ok.MessageCount, err
}
