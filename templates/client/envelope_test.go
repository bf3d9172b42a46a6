package client

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	mixedChannels = 3
	mixedTags     = 300 // messages of each channel, with the tags from 1 on
	mixedGetEvery = 10  // one in so many answers a basic.get
)

// mixedConsumers are those of each channel. They differ in how bodies are kept.
var mixedConsumers = []ConsumeOptions{
	{ConsumerTag: "owned", NoAck: true},
	{ConsumerTag: "gathered acks", Prefetch: -1, AckEvery: 10},
	{ConsumerTag: "borrowed", NoAck: true, Borrow: true},
	{ConsumerTag: "streamed", NoAck: true, Stream: 20_000},
	{ConsumerTag: "streamed or borrowed", Prefetch: -1, Stream: 200_000, Borrow: true},
	{ConsumerTag: "handlers", NoAck: true, Borrow: true, Concurrency: 3},
	{ConsumerTag: "streaming handlers", Prefetch: -1, Stream: 100_000, Borrow: true, Concurrency: 3},
}

// mixedSizes are octets of bodies, next to where the ways of reading and keeping
// them change.
var mixedSizes = []int{0, 1, 511, 512, 513, 4088, 4089, 32767, 32768, 32769, 65535, 65536, 65537, 131064, 131065, 262145, 600_000}

// mixedMessage is a message as it is sent. All of it follows from its channel and
// its tag.
type mixedMessage struct {
	consumer      string // none if it answers a basic.get
	exchange, key string
	redelivered   bool
	properties    BasicProperties
	body          []byte
}

func newMixedMessage(seed uint64, channel uint16, tag DeliveryTag) *mixedMessage {
	own := rand.New(rand.NewPCG(seed, uint64(channel)<<32|uint64(tag)))
	common := rand.New(rand.NewPCG(seed, uint64(channel)<<32|1<<31|uint64(tag/5))) // to five in a row
	m := &mixedMessage{
		exchange:    fmt.Sprint("exchange ", common.IntN(2)),
		key:         fmt.Sprint("key ", common.IntN(2)),
		redelivered: own.IntN(2) == 0,
		properties: []BasicProperties{
			{},
			{ContentType: "text", DeliveryMode: 2},
			{ContentType: "text", MessageID: fmt.Sprint(common.IntN(3))},
			{Headers: TableOf(map[string]any{"a": int32(common.IntN(2))}), Priority: uint8(common.IntN(2))},
		}[common.IntN(4)],
	}
	size := own.IntN(300)
	if own.IntN(3) == 0 {
		size = mixedSizes[own.IntN(len(mixedSizes))]
	}
	m.body = patterned(int(tag), size)
	if tag%mixedGetEvery > 0 {
		m.consumer = mixedConsumers[own.IntN(len(mixedConsumers))].ConsumerTag
	}
	return m
}

func (m *mixedMessage) method(tag DeliveryTag) Method {
	if m.consumer == "" {
		return &BasicGetOK{DeliveryTag: tag, Redelivered: m.redelivered, Exchange: m.exchange, RoutingKey: m.key}
	}
	return &BasicDeliver{ConsumerTag: m.consumer, DeliveryTag: tag, Redelivered: m.redelivered, Exchange: m.exchange, RoutingKey: m.key}
}

// check compares a delivery with what was sent.
func (m *mixedMessage) check(t *testing.T, d *Delivery) {
	p := d.BasicProperties
	p.Present = 0
	envelope := d.ConsumerTag == m.consumer && d.Exchange == m.exchange && d.RoutingKey == m.key && p == m.properties
	if !envelope || d.Redelivered != m.redelivered || d.BodySize != uint64(len(m.body)) {
		t.Errorf("%q, delivery %d: got %+v to %q, %q, redelivered %v, %d octets", m.consumer, d.DeliveryTag, p, d.Exchange, d.RoutingKey, d.Redelivered, d.BodySize)
	}
	if d.stream == nil {
		m.checkBody(t, d)
	} else {
		m.checkStream(t, d)
	}
}

// checkBody looks twice: a borrowed body has to stay what it is.
func (m *mixedMessage) checkBody(t *testing.T, d *Delivery) {
	for range 2 {
		if !bytes.Equal(d.Body, m.body) {
			t.Errorf("%q, delivery %d: %d octets are not the body of %d", m.consumer, d.DeliveryTag, len(d.Body), len(m.body))
		}
		if d.DeliveryTag%20 == 1 {
			time.Sleep(100 * time.Microsecond)
		}
	}
}

// checkStream reads nothing, half, or all of a body.
func (m *mixedMessage) checkStream(t *testing.T, d *Delivery) {
	var got bytes.Buffer
	n := len(m.body) * min(1, int(d.DeliveryTag%3)) / 2
	_, err := io.CopyN(&got, d.Reader(), int64(n))
	if d.DeliveryTag%3 == 2 && err == nil {
		n = len(m.body)
		_, err = io.Copy(&got, d.Reader())
	}
	if err != nil || !bytes.Equal(got.Bytes(), m.body[:n]) {
		t.Errorf("%q, delivery %d: %d octets are not the first %d of the body: %v", m.consumer, d.DeliveryTag, got.Len(), n, err)
	}
}

// mixedProgram consumes in all ways at a time, and asks for single messages.
type mixedProgram struct {
	t     *testing.T
	seed  uint64
	group sync.WaitGroup
	got   atomic.Int32
}

// start starts the consumers of a channel.
func (g *mixedProgram) start(ctx context.Context, ch *Channel) {
	for _, o := range mixedConsumers {
		started := make(chan struct{})
		o.MaxBuffered = 100_000
		o.OnStart = func(string) { close(started) }
		g.group.Go(func() {
			if err := g.consume(ctx, ch, &o); !isA[*ConsumerCancelledError](err) {
				g.t.Errorf("%q ends with %v", o.ConsumerTag, err)
			}
		})
		<-started
	}
}

func (g *mixedProgram) consume(ctx context.Context, ch *Channel, o *ConsumeOptions) error {
	if o.Concurrency > 0 {
		return ch.Handle(ctx, "q", func(_ context.Context, d *Delivery) error { return g.received(ch, d) }, o)
	}
	for d, err := range ch.Consume(ctx, "q", o) {
		if err != nil {
			return err
		}
		g.received(ch, &d)
		if !o.NoAck {
			d.Ack(ctx)
		}
	}
	return nil
}

func (g *mixedProgram) received(ch *Channel, d *Delivery) error {
	newMixedMessage(g.seed, ch.ID(), d.DeliveryTag).check(g.t, d)
	g.got.Add(1)
	return nil
}

func (g *mixedProgram) get(ctx context.Context, ch *Channel) {
	if d, ok, err := ch.Get(ctx, "q", &GetOptions{NoAck: true}); ok {
		g.received(ch, &d)
	} else {
		g.t.Errorf("got nothing: %v", err)
	}
}

// TestMixedDeliveries has consumers of all kinds on several channels, whose frames
// mix, with envelopes that are equal to the last one's or not: all that is received
// is what was sent. The trouble that it prevents: what deliveries share, be it an
// envelope or memory, came to be that of another.
func TestMixedDeliveries(t *testing.T) {
	for seed := range uint64(4) {
		conn := connect(t, nil, func(p *peer) {
			(&mixer{peer: p, seed: seed, r: rand.New(rand.NewPCG(seed, 9))}).serve()
		})
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		g := &mixedProgram{t: t, seed: seed}
		channels := make([]*Channel, mixedChannels)
		for i := range channels {
			channels[i] = openOn(t, conn, nil)
			g.start(ctx, channels[i])
		}
		for i := range mixedChannels * mixedTags / mixedGetEvery {
			g.group.Go(func() { g.get(ctx, channels[i%mixedChannels]) })
		}
		g.group.Wait()
		cancel()
		if n := g.got.Load(); n != mixedChannels*mixedTags {
			t.Errorf("seed %d: %d messages", seed, n)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestHeaderWithoutFlags has a content header end before its property flags. The
// trouble that it prevents: it was taken for one equal to the last, where there was
// none.
func TestHeaderWithoutFlags(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "c")
		out := appendMethodFrame(t, nil, 1, &BasicDeliver{ConsumerTag: "c", DeliveryTag: 1, RoutingKey: "k"})
		out, _ = Frame{FrameHeader, 1, []byte{0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}.AppendBinary(out)
		p.write(out)
	})
	for d, err := range openOn(t, conn, nil).Consume(t.Context(), "q", nil) {
		if !isA[*ProtocolError](err) {
			t.Errorf("delivery %d, %v", d.DeliveryTag, err)
		}
		break
	}
}
