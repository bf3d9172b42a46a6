// Rabbitmq publishes a message with the generated client of RabbitMQ's AMQP
// 0-9-1.
package main

import (
	"context"
	"log"

	"github.com/amqpgen/amqpgen/generated/rabbitmq"
)

func main() {
	ctx := context.Background()
	conn, err := rabbitmq.Dial(ctx, "amqps://localhost/", nil)
	if err != nil {
		log.Fatal(err)
	}
	ch, err := conn.Channel(ctx)
	if err != nil {
		log.Fatal(err)
	}
	if err := ch.Publish(ctx, "", "inbox", rabbitmq.Message{Body: []byte("hello")}, nil); err != nil {
		log.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		log.Fatal(err)
	}
}
