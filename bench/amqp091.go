package bench

import (
	"context"
	"fmt"

	"github.com/amqpgen/amqpgen/bench/peer"
	amqp091 "github.com/rabbitmq/amqp091-go"
)

type amqp091Client struct {
	conn *amqp091.Connection
	ch   *amqp091.Channel
}

func dialAMQP091(address string) (client, error) {
	conn, err := amqp091.Dial(uri(address))
	if err != nil {
		return nil, err
	}
	ch, err := conn.Channel()
	return amqp091Client{conn, ch}, err
}

func (c amqp091Client) publish(l load) error {
	ctx := context.Background()
	m := amqp091.Publishing{ContentType: peer.ContentType, DeliveryMode: peer.DeliveryMode, Body: l.body}
	return l.share(func(messages int) error {
		for range messages {
			if err := c.ch.PublishWithContext(ctx, "", peer.RoutingKey, false, false, m); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c amqp091Client) consume(l load) error {
	const autoAck, exclusive, noLocal, noWait = true, false, false, false
	deliveries, err := c.ch.Consume(l.queue(), peer.ConsumerTag, autoAck, exclusive, noLocal, noWait, nil)
	if err != nil {
		return err
	}
	got := 0
	for d := range deliveries {
		if got++; int(d.DeliveryTag) != got {
			return fmt.Errorf("delivery %d has the tag %d", got, d.DeliveryTag)
		}
		if got == l.messages {
			return nil
		}
	}
	return fmt.Errorf("no more after %d deliveries", got)
}

func (c amqp091Client) close() error { return c.conn.Close() }
