//amqpgen:requires basic.publish

package client

import "context"

// Reply publishes the answer to a request: to the queue that the request names
// in ReplyTo, with the CorrelationID that it has, over the channel that it came
// by. Nil means what it does from [Channel.Publish].
func (d *Delivery) Reply(ctx context.Context, m Message) error {
	if d.channel == nil {
		return &OpError{Op: "reply", Err: &UsageError{Field: "the delivery", Reason: "did not come from a server"}}
	}
	if d.ReplyTo == "" {
		return d.channel.opError("reply", NotSent, &UsageError{Field: "ReplyTo", Reason: "is empty: who sent the message wants no answer"})
	}
	m.CorrelationID = d.CorrelationID
	return d.channel.Publish(ctx, "", d.ReplyTo, m, nil)
}
