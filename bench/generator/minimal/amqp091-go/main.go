// Amqp091-go publishes a message with the rival.
package main

import (
	"context"
	"log"

	amqp091 "github.com/rabbitmq/amqp091-go"
)

func main() {
	ctx := context.Background()
	conn, err := amqp091.Dial("amqps://localhost/")
	if err != nil {
		log.Fatal(err)
	}
	ch, err := conn.Channel()
	if err != nil {
		log.Fatal(err)
	}
	if err := ch.PublishWithContext(ctx, "", "inbox", false, false, amqp091.Publishing{Body: []byte("hello")}); err != nil {
		log.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		log.Fatal(err)
	}
}
