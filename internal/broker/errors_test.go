package broker_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

func asCancelled(err error) (*amqp08.ConsumerCancelledError, bool) {
	var cancelled *amqp08.ConsumerCancelledError
	return cancelled, errors.As(err, &cancelled) && cancelled.ByServer
}

func TestLogin(t *testing.T) {
	b := start(t)
	for _, mechanism := range []amqp08.Mechanism{amqp08.Plain{}, amqp08.AMQPlain{}} {
		conn := dial(t, b, &amqp08.Config{Mechanisms: []amqp08.Mechanism{mechanism}})
		ok(t, conn.Close())
		wrong := strings.Replace(b.URI(), "guest:guest", "guest:wrong", 1)
		_, err := amqp08.Dial(within(t), wrong, &amqp08.Config{Mechanisms: []amqp08.Mechanism{mechanism}})
		refused(t, err, amqp08.ScopeConnection, amqp08.ReplyAccessRefused)
		_, err = amqp08.Dial(within(t), wrong, &amqp08.Config{Mechanisms: []amqp08.Mechanism{mechanism}, Properties: amqp08.NewTable(amqp08.Entry{Name: "product", Value: "silent"})})
		var transport *amqp08.TransportError
		if !errors.As(err, &transport) {
			t.Errorf("%s: a client that announces nothing is told %v", mechanism.Name(), err)
		}
	}
}

func TestVirtualHost(t *testing.T) {
	_, err := amqp08.Dial(within(t), start(t).URI()+"elsewhere", nil)
	refused(t, err, amqp08.ScopeConnection, amqp08.ReplyNotAllowed)
}

func TestProtocolHeaders(t *testing.T) {
	b := start(t)
	for header, spoken := range map[string]bool{
		"AMQP\x01\x01\x08\x00": true,
		"AMQP\x01\x01\x09\x01": true,
		"AMQP\x00\x00\x09\x01": false,
		"GET / HT":             false,
	} {
		w := dialWire(t, b)
		w.write(header)
		if spoken {
			w.expect(new(amqp08.ConnectionStart))
			w.nc.Close()
			continue
		}
		answer := make([]byte, 8)
		_, err := w.nc.Read(answer)
		ok(t, err)
		same(t, "answer", string(answer), "AMQP\x01\x01\x08\x00")
		w.ended()
	}
}

// TestRefusals makes each error once, with the generated client.
func TestRefusals(t *testing.T) {
	const channel, connection = amqp08.ScopeChannel, amqp08.ScopeConnection
	passive := &amqp08.QueueOptions{Passive: true}
	for _, test := range []struct {
		name  string
		scope amqp08.Scope
		code  amqp08.ReplyCode
		do    func(ctx context.Context, ch *amqp08.Channel) error
	}{
		{"passive declare of no queue", channel, 404, func(ctx context.Context, ch *amqp08.Channel) error {
			_, err := ch.DeclareQueue(ctx, "absent", passive)
			return err
		}},
		{"passive declare of no exchange", channel, 404, func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.DeclareExchange(ctx, "absent", &amqp08.ExchangeOptions{Passive: true})
		}},
		{"queue declared otherwise", channel, 406, func(ctx context.Context, ch *amqp08.Channel) error {
			_, err := ch.DeclareQueue(ctx, "there", &amqp08.QueueOptions{Durable: true})
			return err
		}},
		{"queue declared as one's own", channel, 405, func(ctx context.Context, ch *amqp08.Channel) error {
			_, err := ch.DeclareQueue(ctx, "there", &amqp08.QueueOptions{Exclusive: true})
			return err
		}},
		{"exchange declared otherwise", channel, 406, func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.DeclareExchange(ctx, "amq.topic", &amqp08.ExchangeOptions{Type: "fanout", Durable: true})
		}},
		{"reserved queue", channel, 403, func(ctx context.Context, ch *amqp08.Channel) error {
			_, err := ch.DeclareQueue(ctx, "amq.mine", nil)
			return err
		}},
		{"reserved exchange", channel, 403, func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.DeclareExchange(ctx, "amq.mine", nil)
		}},
		{"deleting a reserved exchange", channel, 403, func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.DeleteExchange(ctx, "amq.topic", nil)
		}},
		{"exchange type", connection, 503, func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.DeclareExchange(ctx, "x", &amqp08.ExchangeOptions{Type: "odd"})
		}},
		{"binding to no exchange", channel, 404, func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.BindQueue(ctx, "there", "absent", "", nil)
		}},
		{"binding to the default exchange", channel, 403, func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.BindQueue(ctx, "there", "", "", nil)
		}},
		{"publishing to no exchange", channel, 404, func(ctx context.Context, ch *amqp08.Channel) error {
			if err := ch.Publish(ctx, "absent", "", amqp08.Message{Body: []byte("x")}, nil); err != nil {
				return err
			}
			<-ch.Done()
			return ch.Err()
		}},
		{"deleting a queue that is not empty", channel, 406, func(ctx context.Context, ch *amqp08.Channel) error {
			if err := ch.Publish(ctx, "", "there", amqp08.Message{}, nil); err != nil {
				return err
			}
			_, err := ch.DeleteQueue(ctx, "there", &amqp08.QueueDeleteOptions{IfEmpty: true})
			return err
		}},
		{"consumer tag in use", connection, 530, func(ctx context.Context, ch *amqp08.Channel) error {
			o := &amqp08.ConsumeOptions{ConsumerTag: "twice"}
			return nested(ctx, ch, ch, o, o)
		}},
		{"exclusive consumer", channel, 403, func(ctx context.Context, ch *amqp08.Channel) error {
			return nested(ctx, ch, ch, &amqp08.ConsumeOptions{Exclusive: true}, nil)
		}},
		{"prefetch in octets", connection, 540, func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.Qos(ctx, 1, &amqp08.QosOptions{PrefetchSize: 1})
		}},
		{"recover without requeue", connection, 540, func(ctx context.Context, ch *amqp08.Channel) error {
			if err := ch.BasicRecover(ctx, amqp08.BasicRecover{}); err != nil {
				return err
			}
			<-ch.Done()
			return ch.Err()
		}},
		{"another class", connection, 540, func(ctx context.Context, ch *amqp08.Channel) error {
			_, err := amqp08.Call(ctx, ch, amqp08.FileQos{PrefetchCount: 1})
			return err
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			conn := dial(t, start(t), nil)
			ch := open(t, conn)
			declare(t, ch, "there", nil)
			ctx := within(t)
			refused(t, test.do(ctx, ch), test.scope, test.code)
			if test.scope == channel {
				declare(t, open(t, conn), "there", nil) // the connection is as good as ever
			}
		})
	}
}

// nested starts a second consumer within the loop of a first one, and returns what that comes to.
func nested(ctx context.Context, a, b *amqp08.Channel, first, second *amqp08.ConsumeOptions) error {
	if err := a.Publish(ctx, "", "there", amqp08.Message{}, nil); err != nil {
		return err
	}
	for _, err := range a.Consume(ctx, "there", first) {
		if err != nil {
			return err
		}
		for _, err := range b.Consume(ctx, "there", second) {
			return err
		}
	}
	return nil
}

// TestViolations breaks the rules frame by frame.
func TestViolations(t *testing.T) {
	publish := &amqp08.BasicPublish{RoutingKey: "q"}
	for _, test := range []struct {
		name string
		code amqp08.ReplyCode
		do   func(w *wire)
	}{
		{"unknown method", 540, func(w *wire) { w.frame(amqp08.FrameMethod, 1, []byte{0, 60, 0, 120}) }},
		{"octets left over", 501, func(w *wire) { w.frame(amqp08.FrameMethod, 1, []byte{0, 90, 0, 10, 1}) }},
		{"half a method", 501, func(w *wire) { w.frame(amqp08.FrameMethod, 1, []byte{0, 90}) }},
		{"end octet", 501, func(w *wire) { w.write("\x01\x00\x01\x00\x00\x00\x00\xcd") }},
		{"frame type", 501, func(w *wire) { w.write("\x05\x00\x01\x00\x00\x00\x00\xce") }},
		{"frame too large", 501, func(w *wire) { w.frame(amqp08.FrameBody, 1, make([]byte, 5000)) }},
		{"channel that is not open", 504, func(w *wire) { w.send(2, new(amqp08.TxSelect)) }},
		{"channel opened twice", 504, func(w *wire) { w.send(1, new(amqp08.ChannelOpen)) }},
		{"channel's method on 0", 503, func(w *wire) { w.send(0, new(amqp08.TxSelect)) }},
		{"connection's method on 1", 503, func(w *wire) { w.send(1, new(amqp08.ConnectionClose)) }},
		{"body without header", 505, func(w *wire) { w.send(1, publish); w.frame(amqp08.FrameBody, 1, []byte("x")) }},
		{"header without method", 505, func(w *wire) { w.frame(amqp08.FrameHeader, 1, make([]byte, 14)) }},
		{"method within content", 505, func(w *wire) { w.send(1, publish); w.send(1, new(amqp08.TxSelect)) }},
		{"content on channel 0", 505, func(w *wire) { w.frame(amqp08.FrameBody, 0, nil) }},
		{"malformed header", 541, func(w *wire) { w.send(1, publish); w.frame(amqp08.FrameHeader, 1, make([]byte, 3)) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := dialWire(t, start(t))
			w.opened()
			test.do(w)
			w.closes(test.code)
		})
	}
}

func TestBadLimits(t *testing.T) {
	b := start(t)
	for _, tune := range []amqp08.ConnectionTuneOK{
		{ChannelMax: 0, FrameMax: 4096},
		{ChannelMax: 1, FrameMax: 4095},
		{ChannelMax: 1, FrameMax: 1 << 20},
		{ChannelMax: 4000, FrameMax: 4096},
	} {
		w := dialWire(t, b)
		w.login(tune)
		var m amqp08.ConnectionClose
		w.expect(&m)
		same(t, m.ReplyText, m.ReplyCode, amqp08.ReplyNotAllowed)
	}
}

func TestTooManyChannels(t *testing.T) {
	w := dialWire(t, start(t))
	w.login(amqp08.ConnectionTuneOK{ChannelMax: 2, FrameMax: 4096})
	w.expect(new(amqp08.ConnectionOpenOK))
	for id := range uint16(2) {
		w.send(100+id, new(amqp08.ChannelOpen))
		w.expect(new(amqp08.ChannelOpenOK))
	}
	w.send(1, new(amqp08.ChannelOpen))
	w.closes(amqp08.ReplyNotAllowed)
}

// TestBothCloseTheChannel checks that the client owes an answer to the broker's close although it has sent
// its own.
func TestBothCloseTheChannel(t *testing.T) {
	w := dialWire(t, start(t))
	w.opened()
	w.send(1, &amqp08.QueueDeclare{Queue: "absent", Passive: true})
	w.send(1, new(amqp08.TxSelect)) // is not looked at
	w.send(1, &amqp08.ChannelClose{ReplyCode: amqp08.ReplySuccess})
	w.expect(new(amqp08.ChannelClose))
	w.expect(new(amqp08.ChannelCloseOK))
	w.send(1, new(amqp08.ChannelCloseOK))
	w.send(1, new(amqp08.ChannelOpen))
	w.expect(new(amqp08.ChannelOpenOK))
	w.send(0, new(amqp08.ConnectionClose))
	w.expect(new(amqp08.ConnectionCloseOK))
}

// TestClientThatNeverReads must not keep the broker from closing, nor cost it memory without end.
func TestClientThatNeverReads(t *testing.T) {
	b := start(t)
	w := dialWire(t, b)
	w.opened()
	request, err := (&amqp08.QueueDeclare{Queue: "q"}).AppendBinary(nil)
	ok(t, err)
	frame, err := amqp08.Frame{Type: amqp08.FrameMethod, Channel: 1, Payload: request}.AppendBinary(nil)
	ok(t, err)
	many := strings.Repeat(string(frame), 10_000)
	w.nc.SetWriteDeadline(time.Now().Add(time.Second))
	for err == nil {
		_, err = w.nc.Write([]byte(many))
	}
	begin := time.Now()
	ok(t, b.Close())
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("closing took %v", took)
	}
}
