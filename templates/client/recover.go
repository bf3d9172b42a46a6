//amqpgen:requires basic.recover !basic.recover-ok !basic.recover-sync

package client

import "context"

// Recover asks the server to deliver again all that is not settled on the
// channel, to any consumer of its queue. Deliveries that the program holds must
// not be settled afterwards. The server does not answer.
func (c *Channel) Recover(ctx context.Context) error {
	return c.BasicRecover(ctx, BasicRecover{Requeue: true})
}
