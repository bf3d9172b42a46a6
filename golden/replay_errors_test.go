package golden_test

import (
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// softError: errors that cost the channel: each time the broker closes it and the number is used again.
func softError(c *client) {
	ctx, conn := c.ctx, c.connect()
	ch := c.channel(conn, nil)
	_, err := ch.DeclareQueue(ctx, "golden.missing", &amqp08.QueueOptions{Passive: true, AutoDelete: true})
	c.refused(err, amqp08.ScopeChannel, 404)
	ch = c.channel(conn, nil)
	err = ch.DeclareExchange(ctx, "amq.direct", &amqp08.ExchangeOptions{Type: "fanout", Durable: true})
	c.refused(err, amqp08.ScopeChannel, 406)
	ch = c.channel(conn, nil)
	_, err = ch.DeclareQueue(ctx, "amq.reserved", &amqp08.QueueOptions{AutoDelete: true})
	c.refused(err, amqp08.ScopeChannel, 403)
	ch = c.channel(conn, nil)
	c.must(ch.Publish(ctx, "golden.missing", "key", message("lost"), nil))
	receive(c, ch.Done())
	c.refused(ch.Err(), amqp08.ScopeChannel, 404)
	ch = c.channel(conn, nil)
	c.must(ch.CloseWith(amqp08.ChannelClose{}))
	c.must(conn.CloseWith(amqp08.ConnectionClose{}))
}

// hardError: a publish with the immediate bit, which RabbitMQ refuses by closing the connection.
func hardError(c *client) {
	ctx, conn := c.ctx, c.connect()
	ch := c.channel(conn, &amqp08.ChannelEvents{OnReturn: func(amqp08.Return) { c.Error("returned") }})
	c.must(ch.Publish(ctx, "", "golden.missing", message("now"), &amqp08.PublishOptions{Mandatory: true, Immediate: true}))
	<-conn.Done()
	c.refused(conn.Err(), amqp08.ScopeConnection, 540)
}

// hardErrorVHost: a virtual host that is not there: the close comes in the handshake.
func hardErrorVHost(c *client) {
	_, err := c.dial("amqp://guest:guest@golden/missing", nil)
	c.refused(err, amqp08.ScopeConnection, 530)
}

// hardErrorType: an exchange of an unknown type, while two channels are open.
func hardErrorType(c *client) {
	conn := c.connect()
	ch := c.channel(conn, nil)
	other := c.channel(conn, nil)
	err := ch.DeclareExchange(c.ctx, "golden.odd", &amqp08.ExchangeOptions{Type: "odd", AutoDelete: true})
	c.refused(err, amqp08.ScopeConnection, 503)
	<-conn.Done()
	c.refused(other.Err(), amqp08.ScopeConnection, 503)
}

// flow: flow on, which RabbitMQ grants, and off, which it refuses by closing the connection.
func flow(c *client) {
	conn := c.connect()
	ch := c.channel(conn, nil)
	ok, err := amqp08.Call(c.ctx, ch, amqp08.ChannelFlow{Active: true})
	c.must(err)
	equal(c, "flow", ok.Active, true)
	_, err = amqp08.Call(c.ctx, ch, amqp08.ChannelFlow{Active: false})
	c.refused(err, amqp08.ScopeConnection, 540)
	<-conn.Done()
}

// heartbeat: heartbeats both ways. The client sends its own when it has had nothing else to say for a second.
func heartbeat(c *client) {
	config := pyConfig()
	config.Heartbeat = 2 * time.Second
	conn, err := c.dial("amqp://guest:guest@golden", config)
	c.must(err)
	ch := c.channel(conn, nil)
	c.server.await(c.T, 4, "heartbeat")
	c.must(ch.CloseWith(amqp08.ChannelClose{}))
	c.must(conn.CloseWith(amqp08.ConnectionClose{}))
}
