// Amqp08 publishes a message with the generated client of AMQP 0-8.
package main

import (
	"context"
	"log"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

func main() {
	ctx := context.Background()
	conn, err := amqp08.Dial(ctx, "amqps://localhost/", nil)
	if err != nil {
		log.Fatal(err)
	}
	ch, err := conn.Channel(ctx)
	if err != nil {
		log.Fatal(err)
	}
	if err := ch.Publish(ctx, "", "inbox", amqp08.Message{Body: []byte("hello")}, nil); err != nil {
		log.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		log.Fatal(err)
	}
}
