//go:build amqpgen_standin

//amqpgen:requires basic.recover-sync

package client

import "context"

// Recover asks the server to deliver again all that is not settled on the
// channel, to any consumer of its queue, and waits until it agrees. Deliveries
// that the program holds must not be settled afterwards.
func (c *Channel) Recover(ctx context.Context) error {
	_, err := c.BasicRecoverSync(ctx, BasicRecoverSync{Requeue: true})
	return err
}
