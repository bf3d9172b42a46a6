package client

import (
	"context"
	"errors"
)

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
	BodySize     uint64 // octets of the whole body; Body is nil if it is streamed, see Reader

	channel  *Channel
	consumer *consumer // nil if got
	stream   *bodyStream
	noAck    bool
	settled  bool
}

// Epoch tells which connection of a [Keeper] the delivery came over, counted from
// 1; 0 without a Keeper. A delivery can be settled over its own connection alone.
func (d *Delivery) Epoch() uint64 {
	if d.channel == nil {
		return 0
	}
	return d.channel.conn.epoch
}

const opAck = "basic.ack"

// Ack tells the server that the message is done with. Nil means that this
// stands in the outgoing buffer, or with ConsumeOptions.AckEvery that it soon will.
func (d *Delivery) Ack(ctx context.Context) error {
	if err := d.settleable(opAck); err != nil {
		return err
	}
	if d.consumer != nil && d.consumer.gathers() {
		return d.done(d.channel.note(ctx, d))
	}
	return d.done(d.channel.ack(ctx, d, false))
}

// AckMultiple is Ack for this message and all before it on the channel that
// are not yet settled.
func (d *Delivery) AckMultiple(ctx context.Context) error {
	if err := d.settleable(opAck); err != nil {
		return err
	}
	return d.done(d.channel.ack(ctx, d, true))
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
	if err := d.settleable(op); err != nil {
		return err
	}
	return d.done(d.channel.send(ctx, m))
}

// done remembers that the message is settled, unless err says that it is not.
func (d *Delivery) done(err error) error {
	if err == nil {
		d.settled = true
		return nil
	}
	var op *OpError
	if errors.As(err, &op) && op.Sent == NotSent {
		if cause := d.channel.over(); cause != nil {
			op.Err = &StaleDeliveryError{DeliveryTag: d.DeliveryTag, Err: cause}
		}
	}
	return err
}

func (d *Delivery) settleable(op string) error {
	reason := ""
	switch {
	case d.channel == nil:
		return &OpError{Op: op, Err: &UsageError{Field: "the delivery", Reason: "did not come from a server"}}
	case d.noAck:
		reason = "needs no acknowledgement: its consumer has no-ack set"
	case d.settled:
		reason = "is settled already"
	default:
		return nil
	}
	return d.channel.opError(op, NotSent, &UsageError{Field: "the delivery", Reason: reason})
}

// handBack returns a message to its queue on the runtime's own account.
func (c *Channel) handBack(tag DeliveryTag) {
	c.control(BasicReject{DeliveryTag: tag, Requeue: true}, nil)
}

// Get takes one message from a queue; ok is false if it is empty. To receive
// many, [Channel.Consume] costs less.
func (c *Channel) Get(ctx context.Context, queue string, o *GetOptions) (d Delivery, ok bool, err error) {
	m := *o.get(queue)
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
		BodySize:     uint64(len(message.Body)),
		channel:      c,
		noAck:        m.NoAck,
	}, true, nil
}
