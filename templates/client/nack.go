//amqpgen:requires basic.nack

package client

import "context"

func (m BasicNack) settles() settlement { return settlement{tag: m.DeliveryTag, multiple: m.Multiple} }

// RejectMultiple is Reject for this message and all before it on the channel
// that are not yet settled.
func (d *Delivery) RejectMultiple(ctx context.Context) error {
	return d.settle(ctx, "basic.nack", BasicNack{DeliveryTag: d.DeliveryTag, Multiple: true})
}

// RequeueMultiple is Requeue for this message and all before it on the channel
// that are not yet settled.
func (d *Delivery) RequeueMultiple(ctx context.Context) error {
	return d.settle(ctx, "basic.nack", BasicNack{DeliveryTag: d.DeliveryTag, Multiple: true, Requeue: true})
}
