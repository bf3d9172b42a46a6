//amqpgen:requires queue.declare

package client

import "context"

// Queue is what the server says of a queue that was declared.
type Queue struct {
	Name      string // the server's choice if none was given
	Messages  uint32 // ready to be delivered
	Consumers uint32
}

// DeclareQueue creates a queue, or checks that the one of that name matches; if
// it does not, the channel is closed. With the empty name the server chooses
// one.
func (c *Channel) DeclareQueue(ctx context.Context, queue string, o *QueueOptions) (Queue, error) {
	ok, err := c.QueueDeclare(ctx, *o.declare(queue))
	return Queue{Name: ok.Queue, Messages: ok.MessageCount, Consumers: ok.ConsumerCount}, err
}
