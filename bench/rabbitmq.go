package bench

import (
	"context"
	"fmt"
	"io"

	"github.com/amqpgen/amqpgen/bench/peer"
	"github.com/amqpgen/amqpgen/generated/rabbitmq"
)

type rabbitmqClient struct {
	conn     *rabbitmq.Connection
	channels []*rabbitmq.Channel
}

func dialRabbitMQ(t Task) (client, error) {
	ctx := context.Background()
	conn, err := rabbitmq.Dial(ctx, uri(t.Address), nil)
	if err != nil {
		return nil, err
	}
	c := rabbitmqClient{conn: conn}
	for range t.Channels {
		ch, err := conn.Channel(ctx)
		if err != nil {
			return nil, err
		}
		c.channels = append(c.channels, ch)
	}
	return c, nil
}

func (c rabbitmqClient) run(t Task, l *latencies) error {
	switch t.Flow {
	case Publish:
		return c.publish(t)
	case Confirm:
		return c.confirm(t)
	case Consume:
		return c.consume(t)
	}
	return l.measure(rabbitmqSender{c.channels[0], rabbitmqMessage(t)})
}

func (c rabbitmqClient) publish(t Task) error {
	ctx := context.Background()
	m := rabbitmqMessage(t)
	return t.share(func(channel, messages int) error {
		ch := c.channels[channel]
		for range messages {
			if err := ch.Publish(ctx, "", peer.RoutingKey, m, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c rabbitmqClient) confirm(t Task) error {
	ctx := context.Background()
	ch, m := c.channels[0], rabbitmqMessage(t)
	if err := ch.SelectConfirm(ctx, &rabbitmq.ConfirmOptions{Window: t.Window}); err != nil {
		return err
	}
	for range t.Messages {
		if err := ch.Publish(ctx, "", peer.RoutingKey, m, nil); err != nil {
			return err
		}
	}
	return ch.WaitConfirms(ctx)
}

func (c rabbitmqClient) consume(t Task) error {
	ctx := context.Background()
	got := 0
	for d, err := range c.channels[0].Consume(ctx, t.Queue, rabbitmqConsumeOptions(t)) {
		if err != nil {
			return fmt.Errorf("after %d deliveries: %w", got, err)
		}
		if got++; int(d.DeliveryTag) != got {
			return fmt.Errorf("delivery %d has the tag %d", got, d.DeliveryTag)
		}
		if err := rabbitmqSettle(ctx, &t, &d); err != nil {
			return err
		}
		if got == t.Messages {
			break
		}
	}
	return nil
}

func rabbitmqConsumeOptions(t Task) *rabbitmq.ConsumeOptions {
	o := &rabbitmq.ConsumeOptions{
		ConsumerTag: peer.ConsumerTag, NoAck: t.Ack == NoAck, Prefetch: t.Prefetch, AckEvery: t.batch(), Borrow: t.Borrow,
	}
	if t.Stream {
		o.Stream = streamAbove
	}
	return o
}

// rabbitmqSettle does with a delivery what the task asks for.
func rabbitmqSettle(ctx context.Context, t *Task, d *rabbitmq.Delivery) error {
	if t.Stream {
		if _, err := io.Copy(io.Discard, d.Reader()); err != nil {
			return err
		}
	}
	if t.Ack == NoAck {
		return nil
	}
	return d.Ack(ctx)
}

func (c rabbitmqClient) close() error { return c.conn.Close() }

func rabbitmqMessage(t Task) rabbitmq.Message {
	return rabbitmq.Message{BasicProperties: rabbitmqProperties(t.Properties), Body: make([]byte, t.Body)}
}

func rabbitmqProperties(p peer.Properties) (b rabbitmq.BasicProperties) {
	if p == peer.None {
		return b
	}
	b.ContentType, b.DeliveryMode = peer.ContentType, peer.DeliveryMode
	if p == peer.Base {
		return b
	}
	var headers []rabbitmq.Entry
	for _, h := range peer.Headers {
		headers = append(headers, rabbitmq.Entry{Name: h.Name, Value: h.Value})
	}
	b.Headers, b.ContentEncoding, b.Priority = rabbitmq.NewTable(headers...), peer.ContentEncoding, peer.Priority
	b.CorrelationID, b.ReplyTo, b.Expiration = peer.CorrelationID, peer.ReplyTo, peer.Expiration
	b.MessageID, b.Timestamp, b.Type = peer.MessageID, peer.Timestamp, peer.Type
	b.UserID, b.AppID = peer.UserID, peer.AppID
	return b
}
