package client

import (
	"bytes"
	"testing"
)

// hotPublish is a publish as programs send it by the million.
type hotPublish struct {
	b          []byte
	e          encoder
	method     BasicPublish
	properties BasicProperties
	body       []byte
}

func newHotPublish() *hotPublish {
	return &hotPublish{
		b:          make([]byte, 0, firstBuffer),
		method:     BasicPublish{Exchange: "myexchange", RoutingKey: "myq.myx"},
		properties: BasicProperties{ContentType: "text/plain", DeliveryMode: 2},
		body:       make([]byte, 100),
	}
}

// encode puts its three frames into the buffer anew.
func (p *hotPublish) encode() {
	p.b = p.b[:0]
	start := p.open(FrameMethod)
	p.b = p.method.encode(p.b, &p.e)
	p.close(start)
	start = p.open(FrameHeader)
	p.b = p.e.contentHeader(p.b, ClassBasic, uint64(len(p.body)))
	p.b = p.properties.encode(p.b, &p.e)
	p.close(start)
	start = p.open(FrameBody)
	p.b = append(p.b, p.body...)
	p.close(start)
}

func (p *hotPublish) open(kind byte) int {
	p.b = appendFrameHeader(p.b, kind, 1, 0)
	return len(p.b)
}

func (p *hotPublish) close(start int) {
	size := len(p.b) - start
	appendFrameHeader(p.b[:start-frameHeaderSize], p.b[start-frameHeaderSize], 1, size)
	p.b = append(p.b, FrameEnd)
}

// hotDelivery is a delivery as it comes by the million.
type hotDelivery struct {
	d              decoder
	method, header []byte // payloads
	deliver        BasicDeliver
	properties     BasicProperties
	size           uint64
}

func newHotDelivery(t testing.TB) *hotDelivery {
	t.Helper()
	return &hotDelivery{
		d:      decoder{intern: newInterner()},
		method: mustAppend(t, BasicDeliver{ConsumerTag: "ctag-1", DeliveryTag: 7, Exchange: "myexchange", RoutingKey: "myq.myx"}),
		header: mustAppend(t, basicHeader(100, BasicProperties{ContentType: "text/plain", DeliveryMode: 2})),
	}
}

func (h *hotDelivery) decode() error {
	h.d.size, h.d.id, h.d.class = len(h.method), MethodID{60, 60}, ""
	b := h.d.method(h.method)
	if err := h.d.end(h.deliver.decode(b, &h.d)); err != nil {
		return err
	}
	h.d.size, h.d.class = len(h.header), "header"
	_, h.size, b = h.d.contentHeader(h.header)
	return h.d.end(h.properties.decode(b, &h.d))
}

// TestR1_HotPathAllocs: a client that allocates for each frame is slow.
func TestR1_HotPathAllocs(t *testing.T) {
	publish, delivery := newHotPublish(), newHotDelivery(t)
	if n := testing.AllocsPerRun(1000, publish.encode); n != 0 {
		t.Errorf("encoding a publish allocates %v times", n)
	}
	if n := testing.AllocsPerRun(1000, func() { delivery.decode() }); n != 0 {
		t.Errorf("decoding a delivery allocates %v times", n)
	}
}

// What the benchmarks do is what it says.
func TestHotPaths(t *testing.T) {
	publish, delivery := newHotPublish(), newHotDelivery(t)
	publish.encode()
	r := bytes.NewReader(publish.b)
	want := [][]byte{mustAppend(t, publish.method), mustAppend(t, basicHeader(100, publish.properties)), publish.body}
	for i, payload := range want {
		f, err := ReadFrame(r, 1000)
		if err != nil || int(f.Type) != i+1 || f.Channel != 1 || !bytes.Equal(f.Payload, payload) {
			t.Errorf("got %v, %v", f, err)
		}
	}
	for range 2 {
		if err := delivery.decode(); err != nil {
			t.Fatal(err)
		}
	}
	if d := delivery.deliver; d.ConsumerTag != "ctag-1" || d.DeliveryTag != 7 || d.Exchange != "myexchange" || d.RoutingKey != "myq.myx" {
		t.Errorf("got %v", d)
	}
	if p := delivery.properties; p.ContentType != "text/plain" || p.DeliveryMode != 2 || delivery.size != 100 {
		t.Errorf("got %+v, size %d", p, delivery.size)
	}
}

// An interner gives what it is given, however many strings share its slots.
func TestInterner(t *testing.T) {
	in := newInterner()
	for size := range 2 * internLongest {
		for first := range 10 {
			b := bytes.Repeat([]byte{byte(first)}, size)
			if got := in.text(b); got != string(b) {
				t.Fatalf("got %q, want %q", got, b)
			}
		}
	}
	b := []byte("a routing key")
	in.text(b)
	if n := testing.AllocsPerRun(100, func() { in.text(b) }); n != 0 {
		t.Errorf("a string seen before is allocated %v times", n)
	}
}

func BenchmarkEncodePublish(b *testing.B) {
	p := newHotPublish()
	p.encode()
	b.SetBytes(int64(len(p.b)))
	b.ReportAllocs()
	for b.Loop() {
		p.encode()
	}
}

func BenchmarkDecodeDelivery(b *testing.B) {
	h := newHotDelivery(b)
	b.SetBytes(int64(len(h.method) + len(h.header)))
	b.ReportAllocs()
	for b.Loop() {
		if err := h.decode(); err != nil {
			b.Fatal(err)
		}
	}
}
