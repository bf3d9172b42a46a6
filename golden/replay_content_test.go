package golden_test

import (
	"bytes"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// message makes a message of a body alone.
func message(body string) amqp08.Message { return amqp08.Message{Body: []byte(body)} }

// publish: bodies of several sizes, all properties, and messages that come back. Through the verbs that
// people use; get does it through the protocol's methods.
func publish(c *client) {
	ctx, conn := c.ctx, c.connect()
	returns := make(chan amqp08.Return, 1)
	ch := c.channel(conn, &amqp08.ChannelEvents{OnReturn: func(r amqp08.Return) { returns <- r }})
	c.must(ch.DeclareExchange(ctx, "golden.publish", &amqp08.ExchangeOptions{Type: "topic", AutoDelete: true}))
	c.reply(ch.DeclareQueue(ctx, "golden.publish", nil))
	c.must(ch.BindQueue(ctx, "golden.publish", "golden.publish", "golden.#", nil))

	// Bodies. One of text makes py-amqplib name its encoding.
	c.must(ch.Publish(ctx, "golden.publish", "golden.empty", amqp08.Message{}, nil))
	c.must(ch.Publish(ctx, "golden.publish", "golden.one", message("x"), nil))
	c.must(ch.Publish(ctx, "golden.publish", "golden.thousand", amqp08.Message{Body: bytes.Repeat([]byte("0123456789"), 100)}, nil))
	text := message("grüß dich")
	text.ContentEncoding = "UTF-8"
	c.must(ch.Publish(ctx, "golden.publish", "golden.text", text, nil))
	c.must(ch.Publish(ctx, "", "golden.publish", message("default exchange"), nil))

	// Properties: all fourteen, the first and the last, and headers of every type that py-amqplib has.
	c.must(ch.Publish(ctx, "golden.publish", "golden.all", amqp08.Message{
		Body: []byte("all properties"),
		BasicProperties: amqp08.BasicProperties{
			ContentType:     "text/plain",
			ContentEncoding: "us-ascii",
			Headers: amqp08.NewTable(
				amqp08.Entry{Name: "string", Value: "value"},
				amqp08.Entry{Name: "empty", Value: ""},
				amqp08.Entry{Name: "positive", Value: 42},
				amqp08.Entry{Name: "negative", Value: -42},
				amqp08.Entry{Name: "decimal", Value: amqp08.Decimal{Scale: 5, Value: 314159}},
				amqp08.Entry{Name: "minus", Value: amqp08.Decimal{Scale: 2, Value: -1}},
				amqp08.Entry{Name: "since", Value: opened},
				amqp08.Entry{Name: "table", Value: amqp08.NewTable(
					amqp08.Entry{Name: "inner", Value: map[string]any{"n": 1}},
					amqp08.Entry{Name: "none", Value: amqp08.Table{}},
				)},
			),
			DeliveryMode:  2,
			Priority:      7,
			CorrelationID: "correlation",
			ReplyTo:       "golden.reply",
			Expiration:    "60000",
			MessageID:     "message-1",
			Timestamp:     amqp08.TimestampOf(opened),
			Type:          "golden.type",
			UserID:        "guest",
			AppID:         "golden",
			ClusterID:     "cluster",
		},
	}, nil))
	two := message("two properties")
	two.ContentType, two.ClusterID = "application/octet-stream", "cluster"
	c.must(ch.Publish(ctx, "golden.publish", "golden.two", two, nil))
	none := message("no headers")
	none.Present = amqp08.BasicHasHeaders
	c.must(ch.Publish(ctx, "golden.publish", "golden.none", none, nil))
	zero := message("zero")
	zero.Present = amqp08.BasicHasPriority
	c.must(ch.Publish(ctx, "golden.publish", "golden.zero", zero, nil))

	// Returns: with a body, and without one. The third is routed nowhere and silently dropped.
	back := message("come back")
	back.MessageID = "message-2"
	back.Headers = amqp08.NewTable(amqp08.Entry{Name: "attempt", Value: 1})
	c.must(ch.Publish(ctx, "golden.publish", "nobody", back, &amqp08.PublishOptions{Mandatory: true}))
	r := receive(c, returns)
	equal(c, "returned message", r.MessageID+" "+string(r.Body), "message-2 come back")
	equal(c, "returned headers", r.Headers, back.Headers)
	c.must(ch.Publish(ctx, "", "golden.missing", amqp08.Message{}, &amqp08.PublishOptions{Mandatory: true}))
	r = receive(c, returns)
	equal(c, "returned key", r.RoutingKey, "golden.missing")
	c.must(ch.Publish(ctx, "golden.publish", "nobody", message("dropped"), &amqp08.PublishOptions{Ticket: 257}))

	purged, err := ch.PurgeQueue(ctx, "golden.publish", nil)
	c.must(err)
	equal(c, "purged messages", purged, 9)
	c.reply(ch.DeleteQueue(ctx, "golden.publish", nil))
	c.must(ch.CloseWith(amqp08.ChannelClose{}))
	c.must(conn.CloseWith(amqp08.ConnectionClose{}))
}

// receive takes what is to come over a channel before the patience ends.
func receive[T any](c *client, from <-chan T) T {
	c.Helper()
	select {
	case v := <-from:
		return v
	case <-c.ctx.Done():
		c.Fatal(c.ctx.Err())
	case <-c.server.over:
		c.Fatal("the server has nothing more to say")
	}
	panic("unreachable")
}

// get: messages fetched one by one: the broker gives the properties back as they came.
func get(c *client) {
	ctx, conn := c.ctx, c.connect()
	ch := c.channel(conn, nil)
	c.reply(ch.QueueDeclare(ctx, amqp08.QueueDeclare{Queue: "golden.get"}))
	take := func(m amqp08.BasicGet) (*amqp08.BasicGetOK, amqp08.Message) {
		reply, message, err := ch.BasicGet(ctx, m)
		c.must(err)
		ok, _ := reply.(*amqp08.BasicGetOK) // nil: it is empty
		return ok, message
	}
	empty, _ := take(amqp08.BasicGet{Queue: "golden.get"})
	equal(c, "first get", empty, nil)
	to := amqp08.BasicPublish{RoutingKey: "golden.get"}
	c.must(ch.BasicPublish(ctx, to, amqp08.BasicProperties{}, nil))
	c.must(ch.BasicPublish(ctx, to, amqp08.BasicProperties{}, []byte("x")))
	all := amqp08.BasicProperties{
		ContentType:     "text/plain",
		ContentEncoding: "us-ascii",
		Headers: amqp08.NewTable(
			amqp08.Entry{Name: "string", Value: "value"},
			amqp08.Entry{Name: "number", Value: -1},
			amqp08.Entry{Name: "decimal", Value: amqp08.Decimal{Scale: 1, Value: -25}},
			amqp08.Entry{Name: "since", Value: opened},
			amqp08.Entry{Name: "table", Value: map[string]any{"inner": amqp08.Table{}}},
		),
		DeliveryMode:  1,
		Priority:      9,
		CorrelationID: "c",
		ReplyTo:       "r",
		Expiration:    "60000",
		MessageID:     "m",
		Timestamp:     amqp08.TimestampOf(time.Date(2038, 1, 19, 3, 14, 8, 0, time.UTC)),
		Type:          "t",
		UserID:        "guest",
		AppID:         "a",
		ClusterID:     "i",
	}
	c.must(ch.BasicPublish(ctx, to, all, []byte("all properties")))
	c.must(ch.BasicPublish(ctx, to, amqp08.BasicProperties{Present: amqp08.BasicHasPriority}, []byte("last")))
	ok, _ := take(amqp08.BasicGet{Queue: "golden.get"})
	c.must(ch.BasicAck(ctx, amqp08.BasicAck{DeliveryTag: ok.DeliveryTag}))
	ok, _ = take(amqp08.BasicGet{Queue: "golden.get"})
	c.must(ch.BasicReject(ctx, amqp08.BasicReject{DeliveryTag: ok.DeliveryTag, Requeue: true}))
	ok, _ = take(amqp08.BasicGet{Queue: "golden.get"})
	equal(c, "redelivered", ok.Redelivered, true)
	_, got := take(amqp08.BasicGet{Queue: "golden.get"})
	all.Present = got.Present // what is not zero is sent with it or without it
	equal(c, "all properties", got.BasicProperties, all)
	_, got = take(amqp08.BasicGet{Queue: "golden.get", NoAck: true})
	equal(c, "last body", string(got.Body), "last")
	c.must(ch.BasicAck(ctx, amqp08.BasicAck{Multiple: true}))
	empty, _ = take(amqp08.BasicGet{Queue: "golden.get"})
	equal(c, "last get", empty, nil)
	c.reply(ch.QueueDelete(ctx, amqp08.QueueDelete{Queue: "golden.get"}))
	c.must(ch.CloseWith(amqp08.ChannelClose{}))
	c.must(conn.CloseWith(amqp08.ConnectionClose{}))
}

// large: bodies around and above what a frame holds; the broker offers a frame-max of 4096.
func large(c *client) {
	ctx, conn := c.ctx, c.connect()
	ch := c.channel(conn, nil)
	c.reply(ch.DeclareQueue(ctx, "golden.large", nil))
	c.must(ch.Publish(ctx, "", "golden.nowhere", amqp08.Message{Body: bytes.Repeat([]byte("a"), 4088)}, nil))
	c.must(ch.Publish(ctx, "", "golden.nowhere", amqp08.Message{Body: bytes.Repeat([]byte("b"), 4089)}, nil))
	digits := amqp08.Message{Body: bytes.Repeat([]byte("0123456789"), 1000)}
	digits.DeliveryMode = 2
	c.must(ch.Publish(ctx, "", "golden.large", digits, nil))
	got, ok, err := ch.Get(ctx, "golden.large", &amqp08.GetOptions{NoAck: true})
	c.must(err)
	equal(c, "got", ok, true)
	equal(c, "body", string(got.Body), string(digits.Body))
	c.reply(ch.DeleteQueue(ctx, "golden.large", nil))
	c.must(ch.CloseWith(amqp08.ChannelClose{}))
	c.must(conn.CloseWith(amqp08.ConnectionClose{}))
}

// transaction is tx: publishes and acknowledgements that are taken back, and such that are not.
func transaction(c *client) {
	ctx, conn := c.ctx, c.connect()
	returns := make(chan amqp08.Return, 1)
	ch := c.channel(conn, &amqp08.ChannelEvents{OnReturn: func(r amqp08.Return) { returns <- r }})
	c.reply(ch.DeclareQueue(ctx, "golden.tx", nil))
	c.must(ch.SelectTx(ctx))
	c.must(ch.Publish(ctx, "", "golden.tx", message("taken back"), nil))
	c.must(ch.RollbackTx(ctx))
	_, ok, err := ch.Get(ctx, "golden.tx", nil)
	c.must(err)
	equal(c, "got what was taken back", ok, false)
	c.must(ch.Publish(ctx, "", "golden.tx", message("committed"), nil))
	c.must(ch.Publish(ctx, "", "golden.missing", message("returned"), &amqp08.PublishOptions{Mandatory: true}))
	c.must(ch.CommitTx(ctx))
	equal(c, "returned body", string(receive(c, returns).Body), "returned")
	d, ok, err := ch.Get(ctx, "golden.tx", nil)
	c.must(err)
	equal(c, "got what was committed", ok, true)
	c.must(d.Ack(ctx))
	c.must(ch.RollbackTx(ctx))
	c.must(ch.Recover(ctx))
	d, ok, err = ch.Get(ctx, "golden.tx", nil)
	c.must(err)
	equal(c, "got it again", ok && d.Redelivered, true)
	c.must(d.Ack(ctx))
	c.must(ch.CommitTx(ctx))
	_, ok, err = ch.Get(ctx, "golden.tx", nil)
	c.must(err)
	equal(c, "got what is done", ok, false)
	c.reply(ch.DeleteQueue(ctx, "golden.tx", nil))
	c.must(ch.CloseWith(amqp08.ChannelClose{}))
	c.must(conn.CloseWith(amqp08.ConnectionClose{}))
}
