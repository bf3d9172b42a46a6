package client

import "context"

// Queue is what the server says of a queue that was declared.
type Queue struct {
	Name      string // the server's choice if none was given
	Messages  uint32 // ready to be delivered
	Consumers uint32
}

// DeclareExchange creates an exchange, or checks that the one of that name
// matches; if it does not, the channel is closed. The type defaults to direct.
func (c *Channel) DeclareExchange(ctx context.Context, exchange string, o *ExchangeOptions) error {
	m := o.declare(exchange)
	if m.Type == "" {
		m.Type = "direct"
	}
	_, err := c.ExchangeDeclare(ctx, m)
	return err
}

// DeleteExchange deletes an exchange with its bindings. RabbitMQ agrees also if
// there is none.
func (c *Channel) DeleteExchange(ctx context.Context, exchange string, o *ExchangeDeleteOptions) error {
	_, err := c.ExchangeDelete(ctx, o.delete(exchange))
	return err
}

// DeclareQueue creates a queue, or checks that the one of that name matches; if
// it does not, the channel is closed. With the empty name the server chooses
// one.
func (c *Channel) DeclareQueue(ctx context.Context, queue string, o *QueueOptions) (Queue, error) {
	ok, err := c.QueueDeclare(ctx, o.declare(queue))
	return Queue{Name: ok.Queue, Messages: ok.MessageCount, Consumers: ok.ConsumerCount}, err
}

// BindQueue makes an exchange route messages with the key to a queue; for a
// topic exchange the key is a pattern, with * for a word and # for any number of
// them. The empty queue name is the last one declared on this channel.
func (c *Channel) BindQueue(ctx context.Context, queue, exchange, routingKey string, o *BindOptions) error {
	_, err := c.QueueBind(ctx, o.bind(queue, exchange, routingKey))
	return err
}

// PurgeQueue removes the messages that wait in a queue, and counts them.
func (c *Channel) PurgeQueue(ctx context.Context, queue string, o *PurgeOptions) (messages uint32, err error) {
	ok, err := c.QueuePurge(ctx, o.purge(queue))
	return ok.MessageCount, err
}

// DeleteQueue deletes a queue, and counts the messages that were lost with it.
// RabbitMQ agrees also if there is none.
func (c *Channel) DeleteQueue(ctx context.Context, queue string, o *QueueDeleteOptions) (messages uint32, err error) {
	ok, err := c.QueueDelete(ctx, o.delete(queue))
	return ok.MessageCount, err
}

// Qos bounds how many messages may be delivered and not yet settled; 0 means
// no bound. Consumers have a bound of their own, see ConsumeOptions.
func (c *Channel) Qos(ctx context.Context, prefetch uint16, o *QosOptions) error {
	_, err := c.BasicQos(ctx, o.qos(prefetch))
	return err
}
