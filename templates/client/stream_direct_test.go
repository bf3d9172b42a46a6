package client

import (
	"bytes"
	"io"
	"slices"
	"testing"
	"time"
)

// TestStreamOfAClosingChannel closes a channel in the middle of a streamed body, of
// which the peer sends the rest all the same, and then another in its place. The
// trouble that it prevents: octets from behind a hole were taken for the body, and
// with some of the next one for the whole of it.
func TestStreamOfAClosingChannel(t *testing.T) {
	const size, frame = 200_000, 100_000
	body := patterned(1, size)
	begun, sent := make(chan struct{}), make(chan struct{})
	conn := connect(t, nil, func(p *peer) {
		piecewise := func(pieces ...[]byte) {
			for _, piece := range pieces {
				p.write(piece)
				time.Sleep(20 * time.Millisecond) // so that each is read alone
			}
		}
		p.openChannel(1)
		p.startConsumer(1, "c")
		out, _ := Frame{FrameBody, 1, body[:frame]}.AppendBinary(appendHead(t, nil, 1, size))
		p.write(append(out, appendFrameHeader(nil, FrameBody, 1, frame)...))
		<-begun
		expect[ChannelClose](p, 1)
		end := append(bytes.Clone(body[190_000:]), FrameEnd)
		piecewise(body[frame:167_000], body[167_000:190_000], end)
		piecewise(appendHead(t, nil, 2, 1<<20), appendFrameHeader(nil, FrameBody, 1, frame), make([]byte, 10_000))
		close(sent)
		io.Copy(io.Discard, p.nc)
	})
	ch := openOn(t, conn, nil)
	for d, err := range ch.Consume(t.Context(), "q", &ConsumeOptions{Stream: 1000}) {
		if err != nil {
			t.Fatal(err)
		}
		close(begun)
		go ch.Close()
		<-sent
		if got, err := io.ReadAll(d.Reader()); err == nil || !bytes.HasPrefix(body, got) {
			t.Errorf("%d octets that are not the body's, %v", len(got), err)
		}
		break
	}
	conn.abort(ErrClosed)
}

// TestSmallStreamsAfterALarge streams bodies small enough to come many at once. The
// trouble that it prevents: after a large one each was read in pieces.
func TestSmallStreamsAfterALarge(t *testing.T) {
	reads := func(sizes ...int) uint64 {
		return consumed(t, 131064, sizes, &ConsumeOptions{NoAck: true, Stream: 100}).r.reads.Load()
	}
	small := slices.Repeat([]int{2000}, 2000)
	if alone, after := reads(small...), reads(append([]int{100_000}, small...)...); after > 4*alone {
		t.Errorf("%d reads, and %d after a large body", alone, after)
	}
}

// heldWriter is a writer that takes its time.
type heldWriter struct{ entered, release chan struct{} }

func (w *heldWriter) Write(p []byte) (int, error) {
	if w.entered != nil {
		close(w.entered)
		w.entered = nil
	}
	<-w.release
	return len(p), nil
}

// TestBreakWhileAWriterIsBusy ends the network connection while more waits than a
// busy writer leaves room for. The trouble that it prevents: the reader waited for
// the writer with the end in its hands.
func TestBreakWhileAWriterIsBusy(t *testing.T) {
	w := &heldWriter{make(chan struct{}), make(chan struct{})}
	entered := w.entered
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "c")
		out := appendHead(t, nil, 1, 1<<20)
		for range 3 {
			out, _ = Frame{FrameBody, 1, make([]byte, 131064)}.AppendBinary(out)
		}
		p.write(append(append(out, appendFrameHeader(nil, FrameBody, 1, 131064)...), make([]byte, 100)...))
		<-entered
		time.Sleep(50 * time.Millisecond)
		p.nc.Close()
	})
	copied := make(chan struct{})
	for d, err := range openOn(t, conn, nil).Consume(t.Context(), "q", &ConsumeOptions{Stream: 1000, MaxBuffered: 4 << 20}) {
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond) // for all of it to come
		go func() { defer close(copied); io.Copy(w, d.Reader()) }()
		select {
		case <-conn.Done():
		case <-time.After(2 * time.Second):
			t.Error("nobody has noticed")
		}
		close(w.release)
		<-copied
		break
	}
}

// TestStreamedHugeFrame parks within a frame, of which no more is held than may be.
func TestStreamedHugeFrame(t *testing.T) {
	const size = 32 << 20
	tune := serverTune
	tune.FrameMax = 0
	conn := connectOver(t, tcpPair, tune, nil, func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "c")
		p.nc.Write(appendStreamed(t, nil, 1, make([]byte, size), size))
	})
	for d, err := range openOn(t, conn, nil).Consume(t.Context(), "q", &ConsumeOptions{Stream: 10, MaxBuffered: 100_000}) {
		if err != nil {
			t.Fatal(err)
		}
		for !conn.r.parked.Load() {
			time.Sleep(time.Millisecond)
		}
		if n := d.stream.came.octets; n > 300_000 {
			t.Errorf("%d octets are held", n)
		}
		conn.abort(ErrClosed)
		break
	}
}

// newStream returns a stream of a GiB for a consumer.
func newStream(t *testing.T) (*consumer, *bodyStream) {
	c := &consumer{pool: chunkPool{most: 1 << 20}}
	s := &bodyStream{
		channel:  &Channel{},
		consumer: c,
		ctx:      t.Context(),
		size:     1 << 30,
		most:     1 << 20,
		came:     newChunks(&c.pool, 1<<30, 1<<20),
		arrived:  make(chan struct{}, 1),
		taken:    make(chan struct{}, 1),
	}
	return c, s
}

// TestFewOctetsTakeLittleMemory has octets of a body come one by one.
func TestFewOctetsTakeLittleMemory(t *testing.T) {
	for name, one := range map[string]func(c *consumer, s *bodyStream){
		"copied":   func(_ *consumer, s *bodyStream) { s.write([]byte{1}) },
		"directly": func(c *consumer, s *bodyStream) { c.room(s, 100_000); c.filled(s, 1) },
	} {
		c, s := newStream(t)
		for range 1000 {
			one(c, s)
		}
		memory := cap(c.next)
		for _, b := range s.came.queue {
			memory += cap(b)
		}
		if memory > 2*largestChunk || s.came.octets != 1000 {
			t.Errorf("%s: %d octets take %d", name, s.came.octets, memory)
		}
	}
}

// TestStreamMemory holds that the memory of a stream that has ended is used by the
// next, and that what comes for it is dropped.
func TestStreamMemory(t *testing.T) {
	c, s := newStream(t)
	for range 2 {
		c.filled(s, len(c.room(s, largestChunk)))
	}
	if _, err := s.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	s.end(passed)
	for range 100 {
		s.write(make([]byte, 10_000))
		c.filled(s, len(c.room(s, largestChunk)))
	}
	if s.came.octets > 0 || len(s.came.queue) > 0 {
		t.Errorf("%d octets are held for nobody", s.came.octets)
	}
	if n := len(c.pool.free); n != 1 || cap(c.next) == 0 {
		t.Errorf("%d chunks are to be used again, and one of %d octets; want one each", n, cap(c.next))
	}
}

// TestStreamsTogetherArePatient has many streamed bodies wait for a program that is
// at the first. The trouble that it prevents: each was small enough, and all of them
// together were read without a bound.
func TestStreamsTogetherArePatient(t *testing.T) {
	const size, many, most = 400_000, 100, 1 << 20
	sent := make(chan struct{})
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		expect[BasicConsume](p, 1)
		p.send(1, &BasicConsumeOK{ConsumerTag: "c"})
		for tag := range many {
			p.write(appendStreamed(t, nil, DeliveryTag(tag+1), patterned(tag, size), 131064))
		}
		close(sent)
		p.endConsumer(1, "c")
		p.closeConnection()
	})
	got := 0
	for d, err := range openOn(t, conn, nil).Consume(t.Context(), "q", &ConsumeOptions{NoAck: true, Stream: 1000, MaxBuffered: most}) {
		if err != nil {
			t.Fatal(err)
		}
		for got == 0 && !conn.r.parked.Load() {
			time.Sleep(time.Millisecond)
		}
		if n := d.consumer.streamed.Load(); n > most+largestChunk*2 {
			t.Errorf("%d octets wait", n)
		}
		if body, err := io.ReadAll(d.Reader()); err != nil || !bytes.Equal(body, patterned(got, size)) {
			t.Errorf("body %d: %d octets, %v", got, len(body), err)
		}
		if got++; got == many {
			break
		}
	}
	<-sent
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
