package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/amqpgen/amqpgen/bench/peer"
	amqp091 "github.com/rabbitmq/amqp091-go"
)

type amqp091Client struct {
	conn     *amqp091.Connection
	channels []*amqp091.Channel
}

func dialAMQP091(t Task) (client, error) {
	conn, err := amqp091.Dial(uri(t.Address))
	if err != nil {
		return nil, err
	}
	c := amqp091Client{conn: conn}
	for range t.Channels {
		ch, err := conn.Channel()
		if err != nil {
			return nil, err
		}
		c.channels = append(c.channels, ch)
	}
	return c, nil
}

func (c amqp091Client) run(t Task, l *latencies) error {
	switch t.Flow {
	case Publish:
		return c.publish(t)
	case Confirm:
		return c.confirm(t)
	case Consume:
		return c.consume(t)
	}
	return l.measure(amqp091Sender{c.channels[0], amqp091Message(t)})
}

func (c amqp091Client) publish(t Task) error {
	ctx := context.Background()
	m := amqp091Message(t)
	return t.share(func(channel, messages int) error {
		ch := c.channels[channel]
		for range messages {
			if err := ch.PublishWithContext(ctx, "", peer.RoutingKey, false, false, m); err != nil {
				return err
			}
		}
		return nil
	})
}

// confirm bounds what is unconfirmed by the listener's channel: before one more
// is published than that holds, a confirm is taken out.
func (c amqp091Client) confirm(t Task) error {
	ctx := context.Background()
	ch, m := c.channels[0], amqp091Message(t)
	if err := ch.Confirm(false); err != nil {
		return err
	}
	confirms := ch.NotifyPublish(make(chan amqp091.Confirmation, t.Window))
	for sent := range t.Messages {
		if sent >= t.Window {
			if err := amqp091Confirmed(confirms); err != nil {
				return err
			}
		}
		if err := ch.PublishWithContext(ctx, "", peer.RoutingKey, false, false, m); err != nil {
			return err
		}
	}
	for range min(t.Window, t.Messages) {
		if err := amqp091Confirmed(confirms); err != nil {
			return err
		}
	}
	return nil
}

func amqp091Confirmed(confirms <-chan amqp091.Confirmation) error {
	if c, ok := <-confirms; !ok || !c.Ack {
		return fmt.Errorf("message %d is not confirmed", c.DeliveryTag)
	}
	return nil
}

func (c amqp091Client) consume(t Task) error {
	ch := c.channels[0]
	if t.Ack != NoAck {
		if err := ch.Qos(t.Prefetch, 0, false); err != nil {
			return err
		}
	}
	deliveries, err := amqp091Consume(ch, t.Queue, t.Ack == NoAck)
	if err != nil {
		return err
	}
	got := 0
	for d := range deliveries {
		if got++; int(d.DeliveryTag) != got {
			return fmt.Errorf("delivery %d has the tag %d", got, d.DeliveryTag)
		}
		if t.Ack != NoAck && (got%t.batch() == 0 || got == t.Messages) {
			if err := d.Ack(t.Ack == AckBatch); err != nil {
				return err
			}
		}
		if got == t.Messages {
			return nil
		}
	}
	return fmt.Errorf("no more after %d deliveries", got)
}

func amqp091Consume(ch *amqp091.Channel, queue string, autoAck bool) (<-chan amqp091.Delivery, error) {
	const exclusive, noLocal, noWait = false, false, false
	return ch.Consume(queue, peer.ConsumerTag, autoAck, exclusive, noLocal, noWait, nil)
}

func (c amqp091Client) close() error { return c.conn.Close() }

func amqp091Message(t Task) amqp091.Publishing {
	m := amqp091.Publishing{Body: make([]byte, t.Body)}
	if t.Properties == peer.None {
		return m
	}
	m.ContentType, m.DeliveryMode = peer.ContentType, peer.DeliveryMode
	if t.Properties == peer.Base {
		return m
	}
	m.Headers = amqp091.Table{}
	for _, h := range peer.Headers {
		m.Headers[h.Name] = h.Value
	}
	m.ContentEncoding, m.Priority, m.CorrelationId = peer.ContentEncoding, peer.Priority, peer.CorrelationID
	m.ReplyTo, m.Expiration, m.MessageId = peer.ReplyTo, peer.Expiration, peer.MessageID
	m.Timestamp, m.Type = time.Unix(peer.Timestamp, 0), peer.Type
	m.UserId, m.AppId = peer.UserID, peer.AppID
	return m
}
