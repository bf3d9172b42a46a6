//amqpgen:requires exchange.declare

package client

import (
	"context"
	"errors"
)

// ExchangeExists asks whether there is an exchange of that name, on a channel of
// its own, since servers close the channel over one that does not exist.
func (c *Connection) ExchangeExists(ctx context.Context, exchange string) (bool, error) {
	if exchange == "" { // the default exchange, over which servers close what they can
		return true, nil
	}
	ch, err := c.Channel(ctx)
	if err != nil {
		return false, err
	}
	defer ch.startClose(ErrClosed, ChannelClose{ReplyCode: ReplySuccess})
	err = ch.DeclareExchange(ctx, exchange, &ExchangeOptions{Passive: true})
	var server *ServerError
	if errors.As(err, &server) && server.Scope == ScopeChannel && server.Code == ReplyNotFound {
		return false, nil
	}
	return err == nil, err
}
