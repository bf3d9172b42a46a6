package bench

import (
	"context"
	"fmt"
	"io"

	"github.com/amqpgen/amqpgen/bench/peer"
	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// streamAbove is the size above which bodies are streamed, where they are to be.
const streamAbove = 64 << 10

type amqp08Client struct {
	conn     *amqp08.Connection
	channels []*amqp08.Channel
}

func dialAMQP08(t Task) (client, error) {
	ctx := context.Background()
	conn, err := amqp08.Dial(ctx, uri(t.Address), nil)
	if err != nil {
		return nil, err
	}
	c := amqp08Client{conn: conn}
	for range t.Channels {
		ch, err := conn.Channel(ctx)
		if err != nil {
			return nil, err
		}
		c.channels = append(c.channels, ch)
	}
	return c, nil
}

func (c amqp08Client) run(t Task, l *latencies) error {
	switch t.Flow {
	case Publish:
		return c.publish(t)
	case Consume:
		return c.consume(t)
	case DeliverLatency:
		return l.measure(amqp08Sender{c.channels[0], amqp08Message(t)})
	}
	return errNotMine
}

func (c amqp08Client) publish(t Task) error {
	ctx := context.Background()
	m := amqp08Message(t)
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

func (c amqp08Client) consume(t Task) error {
	ctx := context.Background()
	got := 0
	for d, err := range c.channels[0].Consume(ctx, t.Queue, amqp08ConsumeOptions(t)) {
		if err != nil {
			return fmt.Errorf("after %d deliveries: %w", got, err)
		}
		if got++; int(d.DeliveryTag) != got {
			return fmt.Errorf("delivery %d has the tag %d", got, d.DeliveryTag)
		}
		if err := amqp08Settle(ctx, &t, &d); err != nil {
			return err
		}
		if got == t.Messages {
			break
		}
	}
	return nil
}

func amqp08ConsumeOptions(t Task) *amqp08.ConsumeOptions {
	o := &amqp08.ConsumeOptions{
		ConsumerTag: peer.ConsumerTag, NoAck: t.Ack == NoAck, Prefetch: t.Prefetch, AckEvery: t.batch(), Borrow: t.Borrow,
	}
	if t.Stream {
		o.Stream = streamAbove
	}
	return o
}

// amqp08Settle does with a delivery what the task asks for.
func amqp08Settle(ctx context.Context, t *Task, d *amqp08.Delivery) error {
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

func (c amqp08Client) close() error { return c.conn.Close() }

func amqp08Message(t Task) amqp08.Message {
	return amqp08.Message{BasicProperties: amqp08Properties(t.Properties), Body: make([]byte, t.Body)}
}

func amqp08Properties(p peer.Properties) (b amqp08.BasicProperties) {
	if p == peer.None {
		return b
	}
	b.ContentType, b.DeliveryMode = peer.ContentType, peer.DeliveryMode
	if p == peer.Base {
		return b
	}
	var headers []amqp08.Entry
	for _, h := range peer.Headers {
		headers = append(headers, amqp08.Entry{Name: h.Name, Value: h.Value})
	}
	b.Headers, b.ContentEncoding, b.Priority = amqp08.NewTable(headers...), peer.ContentEncoding, peer.Priority
	b.CorrelationID, b.ReplyTo, b.Expiration = peer.CorrelationID, peer.ReplyTo, peer.Expiration
	b.MessageID, b.Timestamp, b.Type = peer.MessageID, peer.Timestamp, peer.Type
	b.UserID, b.AppID = peer.UserID, peer.AppID
	return b
}
