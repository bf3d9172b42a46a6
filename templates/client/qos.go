package client

import "context"

// Qos bounds how many messages may be delivered and not yet settled; 0 means
// no bound. Consumers have a bound of their own, see ConsumeOptions.
func (c *Channel) Qos(ctx context.Context, prefetch uint16, o *QosOptions) error {
	_, err := c.BasicQos(ctx, *o.qos(prefetch))
	return err
}
