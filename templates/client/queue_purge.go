//amqpgen:requires queue.purge

package client

import "context"

// PurgeQueue removes the messages that wait in a queue, and counts them.
func (c *Channel) PurgeQueue(ctx context.Context, queue string, o *PurgeOptions) (messages uint32, err error) {
	ok, err := c.QueuePurge(ctx, *o.purge(queue))
	return ok.MessageCount, err
}
