package live

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

// replyNoRoute and replyPreconditionFailed are codes of RabbitMQ that AMQP 0-8
// does not list.
const (
	replyNoRoute            amqp08.ReplyCode = 312
	replyPreconditionFailed amqp08.ReplyCode = 406
)

// TestErrors brings about each failure that a program meets, and branches on
// it as the table in the README says.
func TestErrors(t *testing.T) {
	node := rabbit.ForTest(t)
	for _, c := range []struct {
		name string
		do   func(context.Context, *amqp08.Channel) error
		is   []func(error) bool
	}{
		{"the queue does not exist: declare passively", func(ctx context.Context, ch *amqp08.Channel) error {
			_, err := ch.DeclareQueue(ctx, "nowhere", &amqp08.QueueOptions{Passive: true})
			return err
		}, is(code(amqp08.ReplyNotFound), closes(amqp08.ScopeChannel), at(amqp08.QueueDeclare{}.ID()), sent(amqp08.WasSent))},
		{"the queue does not exist: get", func(ctx context.Context, ch *amqp08.Channel) error {
			_, _, err := ch.Get(ctx, "nowhere", nil)
			return err
		}, is(code(amqp08.ReplyNotFound), closes(amqp08.ScopeChannel))},
		{"the queue does not exist: consume", func(ctx context.Context, ch *amqp08.Channel) error {
			for _, err := range ch.Consume(ctx, "nowhere", nil) {
				return err
			}
			return nil
		}, is(code(amqp08.ReplyNotFound), closes(amqp08.ScopeChannel))},
		{"it exists and is declared otherwise", func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.DeclareExchange(ctx, "amq.topic", &amqp08.ExchangeOptions{Type: "fanout", Durable: true})
		}, is(code(replyPreconditionFailed), closes(amqp08.ScopeChannel))},
		{"the name is reserved", func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.DeclareExchange(ctx, "amq.mine", nil)
		}, is(code(amqp08.ReplyAccessRefused), closes(amqp08.ScopeChannel))},
		{"the queue is another connection's", func(ctx context.Context, ch *amqp08.Channel) error {
			_, _, err := ch.Get(ctx, queue(t, channel(t)), nil)
			return err
		}, is(code(amqp08.ReplyResourceLocked), closes(amqp08.ScopeChannel))},
		{"published to an exchange that does not exist", func(ctx context.Context, ch *amqp08.Channel) error {
			if err := ch.Publish(ctx, "nowhere", "k", amqp08.Message{}, nil); err != nil {
				t.Error(err)
			}
			<-ch.Done()
			return ch.Publish(ctx, "nowhere", "k", amqp08.Message{}, nil)
		}, is(code(amqp08.ReplyNotFound), closes(amqp08.ScopeChannel), at(amqp08.BasicPublish{}.ID()), sent(amqp08.NotSent))},
		{"the queue was deleted under its consumer", func(ctx context.Context, ch *amqp08.Channel) error {
			q, err := ch.DeclareQueue(ctx, "", nil)
			if err != nil {
				return err
			}
			publish(t, ch, q.Name, 1)
			for _, err := range ch.Consume(ctx, q.Name, nil) {
				if err != nil {
					return err
				}
				if _, err := ch.DeleteQueue(ctx, q.Name, nil); err != nil {
					return err
				}
			}
			return nil
		}, is(as[*amqp08.ConsumerCancelledError]())},
		{"the exchange type is unknown", func(ctx context.Context, ch *amqp08.Channel) error {
			return ch.DeclareExchange(ctx, "x", &amqp08.ExchangeOptions{Type: "magic"})
		}, is(code(amqp08.ReplyCommandInvalid), closes(amqp08.ScopeConnection))},
		{"the consumer tag is taken", func(ctx context.Context, ch *amqp08.Channel) error {
			q := queue(t, ch)
			publish(t, ch, q, 1)
			for _, err := range ch.Consume(ctx, q, &amqp08.ConsumeOptions{ConsumerTag: "same"}) {
				if err != nil {
					return err
				}
				for _, err := range ch.Consume(ctx, q, &amqp08.ConsumeOptions{ConsumerTag: "same"}) {
					return err
				}
			}
			return nil
		}, is(code(amqp08.ReplyNotAllowed), closes(amqp08.ScopeConnection))},
		{"a class that the broker does not have", func(ctx context.Context, ch *amqp08.Channel) error {
			_, err := amqp08.Call(ctx, ch, amqp08.FileQos{PrefetchCount: 1})
			return err
		}, is(code(amqp08.ReplyCommandInvalid), closes(amqp08.ScopeConnection))},
		{"an argument does not fit the wire", func(ctx context.Context, ch *amqp08.Channel) error {
			_, err := ch.DeclareQueue(ctx, strings.Repeat("q", 256), nil)
			return err
		}, is(as[*amqp08.UsageError](), sent(amqp08.NotSent))},
		{"the handler's own error", func(ctx context.Context, ch *amqp08.Channel) error {
			q := queue(t, ch)
			publish(t, ch, q, 1)
			return ch.Handle(ctx, q, func(context.Context, *amqp08.Delivery) error { return errMine }, nil)
		}, is(as[*amqp08.HandlerError](), func(err error) bool { return errors.Is(err, errMine) })},
		{"the context ends", func(ctx context.Context, ch *amqp08.Channel) error {
			ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			defer cancel()
			for _, err := range ch.Consume(ctx, queue(t, ch), nil) {
				return err
			}
			return nil
		}, is(func(err error) bool { return errors.Is(err, context.DeadlineExceeded) })},
		{"closed by the program", func(ctx context.Context, ch *amqp08.Channel) error {
			must(t, ch.Close())
			return ch.Publish(ctx, "", "k", amqp08.Message{}, nil)
		}, is(func(err error) bool { return errors.Is(err, amqp08.ErrClosed) }, sent(amqp08.NotSent))},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, err := amqp08.Dial(bounded(t), node.URI(), nil)
			must(t, err)
			defer conn.Close()
			check(t, c.do(bounded(t), open(t, conn, nil)), c.is...)
		})
	}
}

// TestUnroutable publishes what no queue gets.
func TestUnroutable(t *testing.T) {
	returns := make(chan amqp08.Return, 1)
	ch := open(t, dial(t, rabbit.ForTest(t), nil), &amqp08.ChannelEvents{OnReturn: func(r amqp08.Return) { returns <- r }})
	m := amqp08.Message{Body: []byte("hello")}
	m.CorrelationID = "c1"
	must(t, ch.Publish(bounded(t), "", "nowhere", m, &amqp08.PublishOptions{Mandatory: true}))
	if r := <-returns; r.Code != replyNoRoute || r.RoutingKey != "nowhere" || r.CorrelationID != "c1" || string(r.Body) != "hello" {
		t.Errorf("got %+v", r)
	}
}

// TestImmediate publishes as RabbitMQ refuses to.
func TestImmediate(t *testing.T) {
	conn, err := amqp08.Dial(bounded(t), rabbit.ForTest(t).URI(), nil)
	must(t, err)
	defer conn.Close()
	ch := open(t, conn, &amqp08.ChannelEvents{OnReturn: func(amqp08.Return) {}})
	must(t, ch.Publish(bounded(t), "", "k", amqp08.Message{}, &amqp08.PublishOptions{Immediate: true}))
	<-conn.Done()
	check(t, conn.Err(), is(code(amqp08.ReplyNotImplemented), closes(amqp08.ScopeConnection))...)
}

// TestDialErrors fails to connect in each way.
func TestDialErrors(t *testing.T) {
	addr := rabbit.ForTest(t).Addr()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	closed.Close()
	for _, c := range []struct {
		name, uri string
		config    amqp08.Config
		is        []func(error) bool
	}{
		{"nobody listens", "amqp://" + closed.Addr().String(), amqp08.Config{}, is(stage("dial"), problem(amqp08.ProblemNetwork))},
		{"wrong password", "amqp://guest:wrong@" + addr, amqp08.Config{}, is(code(amqp08.ReplyAccessRefused), closes(amqp08.ScopeConnection), problem(amqp08.ProblemCredentials))},
		{"unknown virtual host", "amqp://" + addr + "/nowhere", amqp08.Config{}, is(code(amqp08.ReplyNotAllowed), at(amqp08.ConnectionOpen{}.ID()), problem(amqp08.ProblemVirtualHost))},
		{"another version", "amqp://" + addr, amqp08.Config{ProtocolHeader: [8]byte{'A', 'M', 'Q', 'P', 1, 1, 0, 10}}, is(as[*amqp08.VersionError](), problem(amqp08.ProblemVersion))},
		{"TLS where there is none", "amqps://" + addr, amqp08.Config{}, is(stage("tls"), problem(amqp08.ProblemTLSMissing))},
		{"a mechanism that the server lacks", "amqp://" + addr, amqp08.Config{Mechanisms: []amqp08.Mechanism{amqp08.External{}}}, is(stage("handshake"), problem(amqp08.ProblemMechanism))},
		{"a bad URI", "amqp://" + addr + "/?colour=red", amqp08.Config{}, is(as[*amqp08.UsageError]())},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := amqp08.Dial(bounded(t), c.uri, &c.config)
			check(t, err, append(c.is, sent(amqp08.NotSent))...)
			if err != nil && strings.Contains(err.Error(), "wrong") {
				t.Errorf("it tells the password: %v", err)
			}
		})
	}
}

var errMine = errors.New("mine")

func is(checks ...func(error) bool) []func(error) bool { return checks }

func check(t *testing.T, err error, checks ...func(error) bool) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for i, is := range checks {
		if !is(err) {
			t.Errorf("check %d does not hold for: %v", i, err)
		}
	}
}

func code(c amqp08.ReplyCode) func(error) bool {
	return func(err error) bool { return errors.Is(err, c) }
}

func problem(p amqp08.Problem) func(error) bool {
	return func(err error) bool { return errors.Is(err, p) }
}

func closes(s amqp08.Scope) func(error) bool {
	return func(err error) bool {
		var server *amqp08.ServerError
		return errors.As(err, &server) && server.Scope == s
	}
}

func at(id amqp08.MethodID) func(error) bool {
	return func(err error) bool {
		var server *amqp08.ServerError
		return errors.As(err, &server) && server.Method == id
	}
}

func sent(s amqp08.Sent) func(error) bool {
	return func(err error) bool {
		var op *amqp08.OpError
		return errors.As(err, &op) && op.Sent == s
	}
}

func stage(s string) func(error) bool {
	return func(err error) bool {
		var transport *amqp08.TransportError
		return errors.As(err, &transport) && transport.Stage == s
	}
}

func as[E error]() func(error) bool {
	return func(err error) bool {
		var e E
		return errors.As(err, &e)
	}
}
