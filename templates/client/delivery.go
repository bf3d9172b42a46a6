package client

import "context"

// DeliveryTag numbers the deliveries of a channel.
type DeliveryTag uint64

// Delivery is a message that the server has delivered to a consumer, or that
// was got from a queue.
type Delivery struct {
	Message
	ConsumerTag  string // empty if got
	DeliveryTag  DeliveryTag
	Redelivered  bool // it may have been delivered before
	Exchange     string
	RoutingKey   string
	MessageCount uint32 // of a message that was got: how many the queue still holds

	channel *Channel
	noAck   bool
	settled bool
}

// Ack tells the server that the message is done with. Nil means that this
// stands in the outgoing buffer.
func (d *Delivery) Ack(ctx context.Context) error {
	return d.settle(ctx, "basic.ack", BasicAck{DeliveryTag: d.DeliveryTag})
}

// AckMultiple is Ack for this message and all before it on the channel that
// are not yet settled.
func (d *Delivery) AckMultiple(ctx context.Context) error {
	return d.settle(ctx, "basic.ack", BasicAck{DeliveryTag: d.DeliveryTag, Multiple: true})
}

// Reject tells the server to drop the message, or to dead-letter it.
func (d *Delivery) Reject(ctx context.Context) error {
	return d.settle(ctx, "basic.reject", BasicReject{DeliveryTag: d.DeliveryTag})
}

// Requeue tells the server to put the message back into its queue.
func (d *Delivery) Requeue(ctx context.Context) error {
	return d.settle(ctx, "basic.reject", BasicReject{DeliveryTag: d.DeliveryTag, Requeue: true})
}

// settle sends the fate of the message, once.
func (d *Delivery) settle(ctx context.Context, op string, m request) error {
	if d.channel == nil {
		return &OpError{Op: op, Err: &UsageError{Field: "the delivery", Reason: "did not come from a server"}}
	}
	if err := d.settleable(); err != nil {
		return d.channel.opError(op, NotSent, err)
	}
	if err := d.channel.send(ctx, m); err != nil {
		return err
	}
	d.settled = true
	return nil
}

func (d *Delivery) settleable() error {
	switch {
	case d.noAck:
		return &UsageError{Field: "the delivery", Reason: "needs no acknowledgement: its consumer has no-ack set"}
	case d.settled:
		return &UsageError{Field: "the delivery", Reason: "is settled already"}
	}
	return nil
}

// handBack returns a message to its queue on the runtime's own account.
func (c *Channel) handBack(tag DeliveryTag) {
	c.control(BasicReject{DeliveryTag: tag, Requeue: true}, nil)
}

// Get takes one message from a queue; ok is false if it is empty. To receive
// many, [Channel.Consume] costs less.
func (c *Channel) Get(ctx context.Context, queue string, o *GetOptions) (d Delivery, ok bool, err error) {
	m := o.get(queue)
	reply, message, err := c.BasicGet(ctx, m)
	if err != nil {
		return Delivery{}, false, err
	}
	got, ok := reply.(*BasicGetOK)
	if !ok {
		return Delivery{}, false, nil
	}
	return Delivery{
		Message:      message,
		DeliveryTag:  got.DeliveryTag,
		Redelivered:  got.Redelivered,
		Exchange:     got.Exchange,
		RoutingKey:   got.RoutingKey,
		MessageCount: got.MessageCount,
		channel:      c,
		noAck:        m.NoAck,
	}, true, nil
}
