package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestStreamLetsRepliesBy leaves streamed bodies alone that MaxBuffered has room
// for: a reply that comes behind them is not kept away. The trouble that it
// prevents: the connection was not read until the program had read on.
func TestStreamLetsRepliesBy(t *testing.T) {
	const size = 200 << 10
	for name, begin := range map[string]func(conn *Connection, r io.Reader){
		"the next body": func(_ *Connection, r io.Reader) { io.Copy(io.Discard, r) },
		"read in part":  func(_ *Connection, r io.Reader) { r.Read(make([]byte, 10)) },
		"broken writer": func(conn *Connection, r io.Reader) { io.Copy(fullDisk{conn.r}, r) },
	} {
		t.Run(name, func(t *testing.T) {
			conn := connect(t, nil, func(p *peer) {
				p.openChannel(1)
				p.openChannel(2)
				p.startConsumer(1, "c")
				for tag := range 2 {
					p.write(appendStreamed(t, nil, DeliveryTag(tag+1), patterned(tag+1, size), 60_000))
				}
				expect[QueuePurge](p, 2)
				p.send(2, &QueuePurgeOK{})
				p.endConsumer(1, "c")
				p.closeConnection()
			})
			ch, other := openOn(t, conn, nil), openOn(t, conn, nil)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			for d, err := range ch.Consume(t.Context(), "q", &ConsumeOptions{Stream: 1000, MaxBuffered: 4 << 20}) {
				if err != nil {
					t.Fatal(err)
				}
				begin(conn, d.Reader())
				if _, err := other.PurgeQueue(ctx, "q", nil); err != nil {
					t.Error(err)
				}
				break
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// fullDisk is a writer that fails once the connection is not read any more, or
// soon if all of the body is there.
type fullDisk struct{ r *reader }

func (w fullDisk) Write([]byte) (int, error) {
	for range 50 {
		if w.r.parked.Load() {
			break
		}
		time.Sleep(time.Millisecond)
	}
	return 0, errors.New("no space is left")
}

// TestStreamStaysPassed ends a stream that the program has passed on from. The
// trouble that it prevents: it was read from again, when another stream had its
// buffers.
func TestStreamStaysPassed(t *testing.T) {
	cons, s := newStream(t)
	s.write([]byte("0123456789"))
	s.end(passed)
	s.end(cutOff) // by the reader, which waited meanwhile
	if len(cons.pool.free) != 1 {
		t.Fatal("its buffers are not used again")
	}
	if n, err := s.Read(make([]byte, 10)); !isA[*UsageError](err) {
		t.Errorf("%d octets of another body, %v", n, err)
	}
	if s.end(passed); len(cons.pool.free) != 1 {
		t.Error("its buffers are used again twice")
	}
	lent := &bodyStream{consumer: cons, taken: make(chan struct{}, 1), lent: true, read: make([]byte, 100), came: chunks{pool: &cons.pool}}
	if lent.end(passed); len(cons.pool.free) != 1 {
		t.Error("buffers are used again that a writer still has")
	}
}

// TestStreamLateReaders reads bodies for longer than their handlers run: they read
// their own octets, or fail. The trouble that it prevents: buffers that the next
// stream had got were still being read.
func TestStreamLateReaders(t *testing.T) {
	const size, deliveries = 300_000, 90
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		expect[BasicConsume](p, 1)
		p.send(1, &BasicConsumeOK{ConsumerTag: "c"})
		for tag := 1; tag <= deliveries; tag++ {
			p.write(appendStreamed(t, nil, DeliveryTag(tag), patterned(tag, size), []int{5000, 131064}[tag%2]))
		}
		p.endConsumer(1, "c")
		p.closeConnection()
	})
	var late sync.WaitGroup
	var got atomic.Int32
	err := openOn(t, conn, nil).Handle(t.Context(), "q", func(_ context.Context, d *Delivery) error {
		r, tag := d.Reader(), int(d.DeliveryTag)
		w := &slowWriter{t: t, tag: tag, want: patterned(tag, size)}
		switch tag % 3 {
		case 0:
			if n, err := io.Copy(w, r); n != size || err != nil {
				t.Errorf("delivery %d: %d octets, %v", tag, n, err)
			}
		case 1:
			late.Go(func() { io.Copy(w, r) })
		case 2:
			late.Go(func() { io.Copy(w, struct{ io.Reader }{r}) })
		}
		time.Sleep(time.Duration(tag%7) * 100 * time.Microsecond)
		if got.Add(1) == deliveries {
			return ErrStop
		}
		return nil
	}, &ConsumeOptions{NoAck: true, Stream: 1000, Concurrency: 3})
	late.Wait()
	if err := errors.Join(err, conn.Close()); err != nil {
		t.Error(err)
	}
}

// slowWriter checks what it gets, and that it stays so for a while.
type slowWriter struct {
	t    *testing.T
	tag  int
	want []byte // from here on
}

func (w *slowWriter) Write(p []byte) (int, error) {
	for range 3 {
		if !bytes.HasPrefix(w.want, p) {
			w.t.Errorf("delivery %d: octets of another body", w.tag)
		}
		time.Sleep(50 * time.Microsecond)
	}
	w.want = w.want[len(p):]
	return len(p), nil
}

// TestWarmBodiesTakeFewReads compares how often the network is read for bodies whose
// memory is used again and for others. The trouble that it prevents: all of a body
// in small frames, or all of a stream, was read in pieces of 512 octets.
func TestWarmBodiesTakeFewReads(t *testing.T) {
	for name, c := range map[string]struct {
		frame int // octets of a body frame
		sizes []int
	}{
		"smallest frames": {4088, slices.Repeat([]int{1 << 20}, 16)},
		"small frames":    {directFrom - 8, slices.Repeat([]int{1 << 20}, 16)},
		"stream":          {131064, append(slices.Repeat([]int{100_000}, 10), 16<<20)},
	} {
		t.Run(name, func(t *testing.T) {
			reads := func(borrow bool) uint64 {
				o := &ConsumeOptions{NoAck: true, Borrow: borrow, Stream: 2 << 20, MaxBuffered: 50_000}
				return consumed(t, c.frame, c.sizes, o).r.reads.Load()
			}
			cold, warm := reads(false), reads(true)
			t.Logf("%d reads for owned bodies, %d for borrowed ones", cold, warm)
			if warm > 2*cold {
				t.Errorf("%d reads for owned bodies, %d for borrowed ones", cold, warm)
			}
		})
	}
}

// consumed has bodies come in frames of a size, reads them all, and returns the
// connection, which is closed.
func consumed(t *testing.T, frame int, sizes []int, o *ConsumeOptions) *Connection {
	t.Helper()
	tune := ConnectionTune{ChannelMax: 1, FrameMax: uint32(frame + frameOverhead)}
	conn := connectOver(t, tcpPair, tune, nil, func(p *peer) {
		p.openChannel(1)
		expect[BasicConsume](p, 1)
		p.send(1, &BasicConsumeOK{ConsumerTag: "c"})
		var out []byte
		for _, size := range sizes {
			out = appendStreamed(t, out, 1, make([]byte, size), frame)
		}
		p.write(out)
		p.send(1, &BasicCancel{ConsumerTag: "c", NoWait: true})
		p.closeConnection()
	})
	for d, err := range openOn(t, conn, nil).Consume(t.Context(), "q", o) {
		if err != nil {
			break
		}
		if n, err := io.Copy(io.Discard, d.Reader()); uint64(n) != d.BodySize || err != nil {
			t.Errorf("%d octets of %d, %v", n, d.BodySize, err)
		}
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	return conn
}
