package broker_test

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
	"github.com/amqpgen/amqpgen/internal/broker"
)

// patience bounds each test.
const patience = 20 * time.Second

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// start runs a broker for a test, which fails if something of it is left at the end.
func start(t *testing.T) *broker.Broker {
	t.Helper()
	b, err := broker.Listen("127.0.0.1:0")
	ok(t, err)
	t.Cleanup(func() {
		ok(t, b.Close())
		noneLeft(t)
	})
	return b
}

// noneLeft waits for the end of all goroutines of the broker's; they may need a moment for their last line.
func noneLeft(t *testing.T) {
	t.Helper()
	var left string
	for range 100 {
		if left = goroutines("amqpgen/internal/broker."); left == "" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("these goroutines are left:\n%s", left)
}

// goroutines returns the stacks that are in a package.
func goroutines(in string) string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var found []string
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if strings.Contains(stack, in) {
			found = append(found, stack)
		}
	}
	return strings.Join(found, "\n\n")
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func dial(t *testing.T, b *broker.Broker, config *amqp08.Config) *amqp08.Connection {
	t.Helper()
	conn, err := amqp08.Dial(within(t), b.URI(), config)
	ok(t, err)
	t.Cleanup(func() { conn.Close() })
	return conn
}

func open(t *testing.T, conn *amqp08.Connection) *amqp08.Channel {
	t.Helper()
	ch, err := conn.Channel(within(t))
	ok(t, err)
	return ch
}

func declare(t *testing.T, ch *amqp08.Channel, name string, o *amqp08.QueueOptions) string {
	t.Helper()
	q, err := ch.DeclareQueue(within(t), name, o)
	ok(t, err)
	return q.Name
}

func publish(t *testing.T, ch *amqp08.Channel, exchange, key string, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		ok(t, ch.Publish(within(t), exchange, key, amqp08.Message{Body: []byte(body)}, nil))
	}
}

// get takes a message, which must be there.
func get(t *testing.T, ch *amqp08.Channel, queue string) amqp08.Delivery {
	t.Helper()
	d, there, err := ch.Get(within(t), queue, nil)
	ok(t, err)
	if !there {
		t.Fatalf("queue %s is empty", queue)
	}
	return d
}

// count says how many messages are ready in a queue.
func count(t *testing.T, ch *amqp08.Channel, queue string) uint32 {
	t.Helper()
	q, err := ch.DeclareQueue(within(t), queue, &amqp08.QueueOptions{Passive: true})
	ok(t, err)
	return q.Messages
}

func same[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v; want %v", what, got, want)
	}
}

// refused checks that an error is a server's, with this scope and code.
func refused(t *testing.T, err error, scope amqp08.Scope, code amqp08.ReplyCode) {
	t.Helper()
	var server *amqp08.ServerError
	if !errors.As(err, &server) || server.Scope != scope || server.Code != code {
		t.Errorf("got %v; want the %s closed with %d", err, scope, uint16(code))
	}
}

// wire is a client that says what it is told to, frame by frame.
type wire struct {
	t  *testing.T
	nc net.Conn
}

func dialWire(t *testing.T, b *broker.Broker) *wire {
	t.Helper()
	nc, err := net.Dial("tcp", b.Addr())
	ok(t, err)
	t.Cleanup(func() { nc.Close() })
	ok(t, nc.SetDeadline(time.Now().Add(patience)))
	return &wire{t, nc}
}

func (w *wire) write(b string) {
	w.t.Helper()
	_, err := io.WriteString(w.nc, b)
	ok(w.t, err)
}

func (w *wire) frame(kind byte, channel uint16, payload []byte) {
	w.t.Helper()
	b, err := amqp08.Frame{Type: kind, Channel: channel, Payload: payload}.AppendBinary(nil)
	ok(w.t, err)
	w.write(string(b))
}

func (w *wire) send(channel uint16, m amqp08.Method) {
	w.t.Helper()
	payload, err := m.AppendBinary(nil)
	ok(w.t, err)
	w.frame(amqp08.FrameMethod, channel, payload)
}

// expect reads the next method, which is to be of m's kind.
func (w *wire) expect(m amqp08.Method) {
	w.t.Helper()
	f, err := amqp08.ReadFrame(w.nc, 1<<20)
	ok(w.t, err)
	if err := m.UnmarshalBinary(f.Payload); err != nil {
		w.t.Fatalf("waiting for %s: %v", m.ID(), err)
	}
}

// ended checks that the broker has hung up.
func (w *wire) ended() {
	w.t.Helper()
	if n, err := io.Copy(io.Discard, w.nc); n > 0 || errors.Is(err, context.DeadlineExceeded) {
		w.t.Errorf("%d octets come where the end is due (%v)", n, err)
	}
}

// login says everything up to connection.open, with these limits.
func (w *wire) login(tune amqp08.ConnectionTuneOK) {
	w.t.Helper()
	w.write("AMQP\x01\x01\x08\x00")
	w.expect(new(amqp08.ConnectionStart))
	w.send(0, &amqp08.ConnectionStartOK{Mechanism: "PLAIN", Response: "\x00guest\x00guest", Locale: "en_US"})
	w.expect(new(amqp08.ConnectionTune))
	w.send(0, &tune)
	w.send(0, &amqp08.ConnectionOpen{VirtualHost: "/"})
}

// opened logs in and opens channel 1.
func (w *wire) opened() {
	w.t.Helper()
	w.login(amqp08.ConnectionTuneOK{ChannelMax: 10, FrameMax: 4096})
	w.expect(new(amqp08.ConnectionOpenOK))
	w.send(1, new(amqp08.ChannelOpen))
	w.expect(new(amqp08.ChannelOpenOK))
}

// closes checks that the connection is closed with a code, agrees to that, and sees the end.
func (w *wire) closes(code amqp08.ReplyCode) {
	w.t.Helper()
	var m amqp08.ConnectionClose
	w.expect(&m)
	same(w.t, m.ReplyText, m.ReplyCode, code)
	w.send(0, new(amqp08.ConnectionCloseOK))
	w.ended()
}
