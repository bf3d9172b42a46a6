package linear

import (
	"context"
	"time"

	"github.com/amqpgen/amqpgen/bench/peer"
	"github.com/amqpgen/amqpgen/generated/amqp08"
)

var message = amqp08.Message{Body: make([]byte, 100)}

func publish(ch *amqp08.Channel) error {
	return ch.Publish(context.Background(), "", peer.RoutingKey, message, nil)
}

// connections dials so many connections, all open at the same time, with a
// channel and a message each, and closes them.
func connections(size, times int) (cpu time.Duration, err error) {
	err = arriving(size*times, func(uri string) error {
		cpu, err = bracket(func() error { return repeat(times, func() error { return openAndClose(uri, size) }) })
		return err
	})
	return cpu, err
}

func openAndClose(uri string, size int) error {
	conns := make([]*amqp08.Connection, size)
	for i := range conns {
		conn, ch, err := dial(uri, nil)
		if err != nil {
			return err
		}
		if err := publish(ch); err != nil {
			return err
		}
		conns[i] = conn
	}
	for _, conn := range conns {
		if err := conn.Close(); err != nil {
			return err
		}
	}
	return nil
}

// channels opens so many channels of one connection, all open at the same time,
// publishes on each, and closes them. The connection is not on the account.
func channels(size, times int) (cpu time.Duration, err error) {
	err = arriving(size*times, func(uri string) error {
		conn, err := amqp08.Dial(context.Background(), uri, nil)
		if err != nil {
			return err
		}
		cpu, err = bracket(func() error { return repeat(times, func() error { return openAndCloseChannels(conn, size) }) })
		if err != nil {
			return err
		}
		return conn.Close()
	})
	return cpu, err
}

func openAndCloseChannels(conn *amqp08.Connection, size int) error {
	channels := make([]*amqp08.Channel, size)
	for i := range channels {
		ch, err := conn.Channel(context.Background())
		if err != nil {
			return err
		}
		channels[i] = ch
	}
	for _, ch := range channels {
		if err := publish(ch); err != nil {
			return err
		}
	}
	for _, ch := range channels {
		if err := ch.Close(); err != nil {
			return err
		}
	}
	return nil
}

func repeat(times int, do func() error) error {
	for range times {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}
