package golden_test

import (
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// handshake: what the library does by itself: AMQPLAIN, virtual host /, heartbeat 0.
func handshake(c *client) {
	conn := c.connect()
	c.must(conn.CloseWith(amqp08.ConnectionClose{}))
}

// opened is a moment that the scenarios use in several places.
var opened = time.Date(2009, 11, 17, 12, 34, 56, 0, time.UTC)

var plainEdits = []edit{
	{
		why:  "connection.open: there is no way to set insist",
		from: "01 0000 0000000d 000a0028 06676f6c64656e 00 01 ce",
		to:   "01 0000 0000000d 000a0028 06676f6c64656e 00 00 ce",
	},
}

// handshakePlain: PLAIN, another virtual host, and client properties of every type that the library has.
func handshakePlain(c *client) {
	config := pyConfig()
	config.Mechanisms = []amqp08.Mechanism{amqp08.Plain{}}
	config.Locale = "en_US"
	config.Properties = amqp08.NewTable(append(pyLibrary[:2:2],
		amqp08.Entry{Name: "product", Value: "golden"},
		amqp08.Entry{Name: "number", Value: -7},
		amqp08.Entry{Name: "price", Value: amqp08.Decimal{Scale: 2, Value: -1234}},
		amqp08.Entry{Name: "since", Value: opened},
		amqp08.Entry{Name: "nested", Value: amqp08.NewTable(
			amqp08.Entry{Name: "empty", Value: amqp08.Table{}},
			amqp08.Entry{Name: "text", Value: "grüß dich"},
			amqp08.Entry{Name: "zero", Value: 0},
		)},
	)...)
	conn, err := c.dial("amqp://guest:guest@golden/golden", config)
	c.must(err)
	ch := c.channel(conn, nil)
	c.must(ch.CloseWith(amqp08.ChannelClose{}))
	c.must(conn.CloseWith(amqp08.ConnectionClose{ReplyCode: 200, ReplyText: "bye", ClassID: 10, MethodID: 40}))
}

const numbered = "channel numbers are not the program's to choose: the channel that the script made 700 is 3"

var declareEdits = []edit{
	{why: numbered, from: "01 02bc 00000005 0014000a 00 ce", to: "01 0003 00000005 0014000a 00 ce"},
	{why: numbered, from: "01 02bc 00000004 0014000b ce", to: "01 0003 00000004 0014000b ce"},
	{why: numbered, from: "01 02bc 00000004 00140029 ce", to: "01 0003 00000004 00140029 ce"},
	{
		why:  numbered,
		from: "01 02bc 0000000f 00140028 00c8 04646f6e65 0014 000a ce",
		to:   "01 0003 0000000f 00140028 00c8 04646f6e65 0014 000a ce",
	},
}

// declare: channels, tickets, exchanges, queues and bindings.
func declare(c *client) {
	ctx, conn := c.ctx, c.connect()

	// Channels: the lowest free number, another one, and a number that is used again.
	first := c.channel(conn, nil)
	second := c.channel(conn, nil)
	far := c.channel(conn, nil)
	c.must(second.CloseWith(amqp08.ChannelClose{}))
	second = c.channel(conn, nil)
	c.must(far.CloseWith(amqp08.ChannelClose{ReplyCode: 200, ReplyText: "done", ClassID: 20, MethodID: 10}))

	// Tickets. py-amqplib puts the newest ticket of a channel into all that follows on it.
	c.reply(first.ExchangeDeclare(ctx, amqp08.ExchangeDeclare{Exchange: "golden.before", Type: "direct"}))
	c.reply(first.AccessRequest(ctx, amqp08.AccessRequest{Realm: "/data", Active: true, Write: true, Read: true}))
	c.reply(first.AccessRequest(ctx, amqp08.AccessRequest{Realm: "/data", Exclusive: true, Passive: true}))
	granted, err := first.AccessRequest(ctx, amqp08.AccessRequest{Realm: "/admin", Passive: true, Active: true, Write: true, Read: true, Exclusive: true})
	c.must(err)
	t := granted.Ticket
	c.reply(first.ExchangeDelete(ctx, amqp08.ExchangeDelete{Ticket: t, Exchange: "golden.before"}))

	// Exchanges.
	c.reply(first.ExchangeDeclare(ctx, amqp08.ExchangeDeclare{Ticket: t, Exchange: "golden.direct", Type: "direct", Durable: true}))
	c.reply(first.ExchangeDeclare(ctx, amqp08.ExchangeDeclare{Ticket: t, Exchange: "golden.direct", Type: "direct", Passive: true, AutoDelete: true}))
	c.reply(first.ExchangeDeclare(ctx, amqp08.ExchangeDeclare{Ticket: t, Exchange: "golden.fanout", Type: "fanout", AutoDelete: true}))
	c.reply(first.ExchangeDeclare(ctx, amqp08.ExchangeDeclare{Ticket: t, Exchange: "golden.inner", Type: "fanout", AutoDelete: true, Internal: true}))
	c.reply(first.ExchangeDeclare(ctx, amqp08.ExchangeDeclare{
		Ticket: 513, Exchange: "golden.topic", Type: "topic",
		Arguments: amqp08.NewTable(
			amqp08.Entry{Name: "alternate-exchange", Value: "golden.fanout"},
			amqp08.Entry{Name: "number", Value: 2147483647},
			amqp08.Entry{Name: "lowest", Value: -2147483648},
			amqp08.Entry{Name: "price", Value: amqp08.Decimal{Scale: 4, Value: 12345678}},
			amqp08.Entry{Name: "since", Value: time.Unix(1, 0)},
			amqp08.Entry{Name: "nested", Value: amqp08.NewTable(
				amqp08.Entry{Name: "inner", Value: amqp08.NewTable(
					amqp08.Entry{Name: "innermost", Value: amqp08.NewTable(amqp08.Entry{Name: "depth", Value: 3})},
					amqp08.Entry{Name: "after", Value: "inner"},
				)},
			)},
		),
	}))
	c.must(first.ExchangeDeclareNoWait(ctx, amqp08.ExchangeDeclare{Ticket: t, Exchange: "golden.silent", Type: "direct"}))

	// Queues.
	c.reply(first.QueueDeclare(ctx, amqp08.QueueDeclare{Ticket: t, Queue: "golden.plain"}))
	c.reply(first.QueueDeclare(ctx, amqp08.QueueDeclare{Ticket: t, Queue: "golden.plain", Passive: true, AutoDelete: true}))
	c.reply(first.QueueDeclare(ctx, amqp08.QueueDeclare{Ticket: t, Queue: "golden.durable", Durable: true}))
	c.reply(first.QueueDeclare(ctx, amqp08.QueueDeclare{Ticket: t, Queue: "golden.exclusive", Exclusive: true}))
	c.reply(first.QueueDeclare(ctx, amqp08.QueueDeclare{Ticket: t, Queue: "golden.auto", AutoDelete: true}))
	named, err := second.QueueDeclare(ctx, amqp08.QueueDeclare{AutoDelete: true})
	c.must(err)
	c.reply(first.QueueDeclare(ctx, amqp08.QueueDeclare{
		Ticket: t, Queue: "golden.arguments",
		Arguments: amqp08.NewTable(
			amqp08.Entry{Name: "x-message-ttl", Value: 60000},
			amqp08.Entry{Name: "x-dead-letter-exchange", Value: "golden.direct"},
			amqp08.Entry{Name: "price", Value: amqp08.Decimal{Scale: 1, Value: 5}},
			amqp08.Entry{Name: "since", Value: opened},
			amqp08.Entry{Name: "nested", Value: map[string]any{"a": 1, "b": "two"}},
		),
	}))
	c.must(first.QueueDeclareNoWait(ctx, amqp08.QueueDeclare{Ticket: t, Queue: "golden.silent"}))

	// Bindings. The empty name stands for the queue that the channel declared last.
	c.reply(first.QueueBind(ctx, amqp08.QueueBind{Ticket: t, Queue: "golden.plain", Exchange: "golden.direct", RoutingKey: "key"}))
	c.reply(first.QueueBind(ctx, amqp08.QueueBind{
		Ticket: t, Queue: "golden.plain", Exchange: "golden.topic", RoutingKey: "a.*.c.#",
		Arguments: amqp08.NewTable(
			amqp08.Entry{Name: "x", Value: "y"},
			amqp08.Entry{Name: "n", Value: map[string]any{"m": 1}},
		),
	}))
	c.must(first.QueueBindNoWait(ctx, amqp08.QueueBind{Ticket: t, Queue: "golden.silent", Exchange: "golden.silent", RoutingKey: "key"}))
	c.reply(second.QueueBind(ctx, amqp08.QueueBind{Exchange: "golden.fanout"}))
	c.reply(second.QueueBind(ctx, amqp08.QueueBind{Queue: named.Queue, Exchange: "golden.direct", RoutingKey: "named"}))

	// Purge and delete.
	c.reply(first.QueuePurge(ctx, amqp08.QueuePurge{Ticket: t, Queue: "golden.plain"}))
	c.must(first.QueuePurgeNoWait(ctx, amqp08.QueuePurge{Ticket: t, Queue: "golden.silent"}))
	c.reply(first.QueueDelete(ctx, amqp08.QueueDelete{Ticket: t, Queue: "golden.plain"}))
	c.reply(first.QueueDelete(ctx, amqp08.QueueDelete{Ticket: t, Queue: "golden.durable", IfUnused: true}))
	c.reply(first.QueueDelete(ctx, amqp08.QueueDelete{Ticket: t, Queue: "golden.exclusive", IfEmpty: true}))
	c.reply(first.QueueDelete(ctx, amqp08.QueueDelete{Ticket: t, Queue: "golden.arguments", IfUnused: true, IfEmpty: true}))
	c.must(first.QueueDeleteNoWait(ctx, amqp08.QueueDelete{Ticket: t, Queue: "golden.silent"}))
	c.reply(second.QueueDelete(ctx, amqp08.QueueDelete{Queue: named.Queue}))
	c.reply(first.QueueDelete(ctx, amqp08.QueueDelete{Ticket: t, Queue: "golden.auto"}))
	c.reply(first.ExchangeDelete(ctx, amqp08.ExchangeDelete{Ticket: t, Exchange: "golden.topic"}))
	c.reply(first.ExchangeDelete(ctx, amqp08.ExchangeDelete{Ticket: t, Exchange: "golden.direct", IfUnused: true}))
	c.reply(first.ExchangeDelete(ctx, amqp08.ExchangeDelete{Ticket: t, Exchange: "golden.inner"}))
	c.must(first.ExchangeDeleteNoWait(ctx, amqp08.ExchangeDelete{Ticket: t, Exchange: "golden.silent"}))

	c.must(second.CloseWith(amqp08.ChannelClose{}))
	c.must(first.CloseWith(amqp08.ChannelClose{}))
	c.must(conn.CloseWith(amqp08.ConnectionClose{}))
}
