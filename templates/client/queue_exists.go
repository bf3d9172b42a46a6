//amqpgen:requires queue.declare

package client

import (
	"context"
	"errors"
)

// QueueExists asks whether there is a queue of that name, on a channel of its own,
// since servers close the channel over a queue that does not exist. A queue that
// another connection has to itself exists, and no more than its name is known.
func (c *Connection) QueueExists(ctx context.Context, queue string) (Queue, bool, error) {
	if queue == "" {
		return Queue{}, false, &OpError{Op: "queue.declare", Err: &UsageError{Field: "queue", Reason: "is empty, which names none"}}
	}
	ch, err := c.Channel(ctx)
	if err != nil {
		return Queue{}, false, err
	}
	defer ch.startClose(ErrClosed, ChannelClose{ReplyCode: ReplySuccess})
	q, err := ch.DeclareQueue(ctx, queue, &QueueOptions{Passive: true})
	var server *ServerError
	if errors.As(err, &server) && server.Scope == ScopeChannel {
		switch server.Code {
		case ReplyNotFound:
			return Queue{}, false, nil
		case ReplyResourceLocked:
			return Queue{Name: queue}, true, nil
		}
	}
	return q, err == nil, err
}
