package client

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The tests whose names begin with TestR and a number prove that rule of the
// runtime, each against something that users of clients have suffered from.

// countingConn counts the writes that reach the network.
type countingConn struct {
	net.Conn
	writes atomic.Int32
}

func (c *countingConn) Write(b []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(b)
}

// TestR1_WritesGather: publishing was slow, since each frame went to the kernel by
// itself.
func TestR1_WritesGather(t *testing.T) {
	const messages = 1000
	var counted *countingConn
	pair := func(t testing.TB) (net.Conn, net.Conn) {
		client, server := pipePair(t)
		counted = &countingConn{Conn: client}
		return counted, server
	}
	goOn := make(chan struct{})
	conn := connectOver(t, pair, serverTune, nil, func(p *peer) {
		p.openChannel(1)
		<-goOn
		p.published(messages)
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	before := counted.writes.Load()
	for range messages {
		if err := ch.Publish(t.Context(), "", "k", Message{Body: make([]byte, 20)}, nil); err != nil {
			t.Fatal(err)
		}
	}
	close(goOn)
	if err := ch.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	if writes := counted.writes.Load() - before; writes > 3 {
		t.Errorf("%d messages took %d writes", messages, writes)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestR1_EverythingAtOnce: clients had data races in closing, confirms and dispatch
// for years. Here the race detector looks on while everything goes on at once, and
// then ends.
func TestR1_EverythingAtOnce(t *testing.T) {
	for name, end := range map[string]func(*Connection){
		"close":    func(c *Connection) { c.Close() },
		"shutdown": func(c *Connection) { c.Shutdown(context.Background()) },
		"cut":      func(c *Connection) { c.nc.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			conn := connect(t, nil, (*peer).obey)
			ch := openOn(t, conn, nil)
			if err := ch.SelectConfirm(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			var group sync.WaitGroup
			for _, work := range everyWork {
				group.Add(2)
				for range 2 {
					go func() {
						defer group.Done()
						for conn.Err() == nil && work(t.Context(), ch) == nil {
						}
					}()
				}
			}
			time.Sleep(30 * time.Millisecond)
			end(conn)
			<-conn.Done()
			inTime(t, "the rest", time.Second, group.Wait)
		})
	}
}

// everyWork is what a program may do with a channel, and its connection, side by
// side.
var everyWork = []func(context.Context, *Channel) error{
	func(ctx context.Context, ch *Channel) error {
		return ch.PublishConfirm(ctx, "", "k", Message{Body: []byte("m")}, nil)
	},
	func(ctx context.Context, ch *Channel) error { _, err := ch.PurgeQueue(ctx, "q", nil); return err },
	func(ctx context.Context, ch *Channel) error {
		return ch.Handle(ctx, "q", func(context.Context, *Delivery) error { return ErrStop }, nil)
	},
	func(ctx context.Context, ch *Channel) error {
		other, err := ch.conn.Channel(ctx)
		if err != nil {
			return err
		}
		return other.Close()
	},
	func(_ context.Context, ch *Channel) error {
		ch.conn.Stats()
		time.Sleep(time.Millisecond)
		return ch.Err()
	},
}

// obey answers whatever comes, until the network connection ends.
func (p *peer) obey() {
	published := DeliveryTag(0)
	for {
		f, err := ReadFrame(p.nc, 1<<20)
		if err != nil {
			return
		}
		if f.Type != FrameMethod {
			continue
		}
		id := methodIDOf(f.Payload)
		if id == (BasicPublish{}).ID() {
			published++
		}
		if p.nc.Write(p.answer(f.Channel, id, published)); id == (ConnectionClose{}).ID() {
			return
		}
	}
}

// answer is what obey says to a method. Each consumer is called c, and gets a
// message.
func (p *peer) answer(channel uint16, id MethodID, published DeliveryTag) (out []byte) {
	for _, m := range map[MethodID][]Method{
		ChannelOpen{}.ID():     {&ChannelOpenOK{}},
		ChannelClose{}.ID():    {&ChannelCloseOK{}},
		ConfirmSelect{}.ID():   {&ConfirmSelectOK{}},
		BasicPublish{}.ID():    {&BasicAck{DeliveryTag: published}},
		BasicQos{}.ID():        {&BasicQosOK{}},
		BasicConsume{}.ID():    {&BasicConsumeOK{ConsumerTag: "c"}},
		BasicCancel{}.ID():     {&BasicCancelOK{ConsumerTag: "c"}},
		QueuePurge{}.ID():      {&QueuePurgeOK{}},
		ConnectionClose{}.ID(): {&ConnectionCloseOK{}},
	}[id] {
		out = appendMethodFrame(p.t, out, channel, m)
	}
	if id == (BasicConsume{}).ID() {
		out = appendContent(p.t, out, channel, &BasicDeliver{ConsumerTag: "c", DeliveryTag: 1}, &BasicProperties{}, []byte("m"))
	}
	return out
}

// TestR3_ConsumeGetsNoBindOK: a reply that came late was handed to whoever asked
// next, so that starting a consumer failed over the reply to a bind.
func TestR3_ConsumeGetsNoBindOK(t *testing.T) {
	asked := make(chan struct{})
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		expect[QueueBind](p, 1)
		close(asked)
		expect[BasicConsume](p, 1)
		p.send(1, &QueueBindOK{}, &BasicConsumeOK{ConsumerTag: "c"})
		p.deliver(1, "c", 1, 1)
		expect[BasicAck](p, 1)
		p.endConsumer(1, "c")
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	if err := ch.BindQueue(ctx, "q", "x", "k", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("the bind: %v", err)
	}
	for d, err := range ch.Consume(t.Context(), "q", &ConsumeOptions{Prefetch: -1}) {
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Ack(t.Context()); err != nil {
			t.Error(err)
		}
		break
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
