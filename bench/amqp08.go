package bench

import (
	"context"
	"fmt"

	"github.com/amqpgen/amqpgen/bench/peer"
	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// uri is for both libraries. The peer sends no heartbeats.
func uri(address string) string { return "amqp://" + address + "/?heartbeat=0" }

type amqp08Client struct {
	conn *amqp08.Connection
	ch   *amqp08.Channel
}

func dialAMQP08(address string) (client, error) {
	conn, err := amqp08.Dial(context.Background(), uri(address), nil)
	if err != nil {
		return nil, err
	}
	ch, err := conn.Channel(context.Background())
	return amqp08Client{conn, ch}, err
}

func (c amqp08Client) publish(l load) error {
	ctx := context.Background()
	m := amqp08.Message{Body: l.body}
	m.ContentType = peer.ContentType
	m.DeliveryMode = peer.DeliveryMode
	return l.share(func(messages int) error {
		for range messages {
			if err := c.ch.Publish(ctx, "", peer.RoutingKey, m, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c amqp08Client) consume(l load) error {
	o := &amqp08.ConsumeOptions{ConsumerTag: peer.ConsumerTag, NoAck: true}
	got := 0
	for d, err := range c.ch.Consume(context.Background(), l.queue(), o) {
		if err != nil {
			return fmt.Errorf("after %d deliveries: %w", got, err)
		}
		if got++; int(d.DeliveryTag) != got {
			return fmt.Errorf("delivery %d has the tag %d", got, d.DeliveryTag)
		}
		if got == l.messages {
			break
		}
	}
	return nil
}

func (c amqp08Client) close() error { return c.conn.Close() }
