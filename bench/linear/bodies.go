package linear

import (
	"context"
	"fmt"
	"time"

	"github.com/amqpgen/amqpgen/bench/peer"
	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// largestMessage lets the largest body in.
const largestMessage = 256 << 20

// publishes sends so many messages with bodies of so many octets, until the
// kernel has them all. The connection is not on the account.
func publishes(octets, messages int) (cpu time.Duration, err error) {
	m := amqp08.Message{Body: make([]byte, octets)}
	m.ContentType, m.DeliveryMode = "text/plain", 2
	ctx := context.Background()
	err = arriving(messages, func(uri string) error {
		conn, ch, err := dial(uri, nil)
		if err != nil {
			return err
		}
		cpu, err = bracket(func() error {
			for range messages {
				if err := ch.Publish(ctx, "", peer.RoutingKey, m, nil); err != nil {
					return err
				}
			}
			return ch.Flush(ctx)
		})
		if err != nil {
			return err
		}
		return conn.Close()
	})
	return cpu, err
}

// consumes takes so many deliveries with bodies of so many octets, without
// acknowledgements. The connection is not on the account; to start the consumer
// and to cancel it is.
func consumes(octets, messages int) (cpu time.Duration, err error) {
	_, err = withPeer(func(uri string) error {
		conn, ch, err := dial(uri, &amqp08.Config{MaxMessage: largestMessage})
		if err != nil {
			return err
		}
		cpu, err = bracket(func() error { return take(ch, octets, messages) })
		if err != nil {
			return err
		}
		return conn.Close()
	})
	return cpu, err
}

func take(ch *amqp08.Channel, octets, messages int) error {
	queue := peer.QueueName(messages, octets, peer.Base)
	got := 0
	for d, err := range ch.Consume(context.Background(), queue, &amqp08.ConsumeOptions{ConsumerTag: peer.ConsumerTag, NoAck: true}) {
		if err != nil {
			return fmt.Errorf("after %d deliveries: %w", got, err)
		}
		if got++; int(d.DeliveryTag) != got || len(d.Body) != octets {
			return fmt.Errorf("delivery %d has the tag %d and %d octets", got, d.DeliveryTag, len(d.Body))
		}
		if got == messages {
			break
		}
	}
	return nil
}
