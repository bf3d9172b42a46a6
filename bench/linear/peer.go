package linear

import (
	"context"
	"fmt"

	"github.com/amqpgen/amqpgen/bench/peer"
	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// withPeer does something with a peer of its own, whose URI it is given, and
// returns what has arrived there.
func withPeer(do func(uri string) error) (peer.Counts, error) {
	p, err := peer.Start()
	if err != nil {
		return peer.Counts{}, err
	}
	if err := do("amqp://" + p.Address + "/?heartbeat=0"); err != nil {
		p.Kill()
		return peer.Counts{}, err
	}
	return p.Counts()
}

// arriving fails unless just so many messages arrive by what is done.
func arriving(messages int, do func(uri string) error) error {
	counts, err := withPeer(do)
	if err == nil && counts.Received != messages {
		err = fmt.Errorf("%d messages were published, %d arrived", messages, counts.Received)
	}
	return err
}

// dial opens a connection and a channel.
func dial(uri string, o *amqp08.Config) (*amqp08.Connection, *amqp08.Channel, error) {
	conn, err := amqp08.Dial(context.Background(), uri, o)
	if err != nil {
		return nil, nil, err
	}
	ch, err := conn.Channel(context.Background())
	return conn, ch, err
}
