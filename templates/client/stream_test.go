package client

import (
	"bytes"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// appendStreamed adds a delivery with its body in frames of the size.
func appendStreamed(t testing.TB, out []byte, tag DeliveryTag, body []byte, size int) []byte {
	t.Helper()
	out = appendHead(t, out, tag, uint64(len(body)))
	for len(body) > 0 {
		n := min(size, len(body))
		out, _ = Frame{FrameBody, 1, body[:n]}.AppendBinary(out)
		body = body[n:]
	}
	return out
}

// appendHead adds the method and the header of a delivery.
func appendHead(t testing.TB, out []byte, tag DeliveryTag, size uint64) []byte {
	t.Helper()
	out = appendMethodFrame(t, out, 1, &BasicDeliver{ConsumerTag: "c", DeliveryTag: tag})
	h, err := ContentHeader{ClassBasic, size, &BasicProperties{}}.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	out, _ = Frame{FrameHeader, 1, h}.AppendBinary(out)
	return out
}

// TestStreamLargeBody reads 100 MB out of small frames: memory stays small, and
// another channel is served in between.
func TestStreamLargeBody(t *testing.T) {
	const size, part = 100 << 20, 4096 - frameOverhead
	chunk := patterned(7, part)
	sum := crc32.NewIEEE()
	conn := connect(t, &Config{Heartbeat: -1, MaxMessage: 1 << 20}, func(p *peer) {
		p.openChannel(1)
		p.openChannel(2)
		p.startConsumer(1, "c")
		p.write(appendHead(t, nil, 1, size))
		expect[QueuePurge](p, 2)
		frame, _ := Frame{FrameBody, 1, chunk}.AppendBinary(nil)
		many := bytes.Repeat(frame, 16)
		for left := size; left > 0; {
			if n := len(many) / len(frame) * part; left >= n {
				p.write(many)
				left -= n
			} else {
				n := min(left, part)
				last, _ := Frame{FrameBody, 1, chunk[:n]}.AppendBinary(nil)
				p.write(last)
				left -= n
			}
			if left > size/2 && left <= size/2+16*part {
				p.send(2, &QueuePurgeOK{MessageCount: 5})
			}
		}
		expect[BasicAck](p, 1)
		p.endConsumer(1, "c")
		p.closeConnection()
	})
	ch, other := openOn(t, conn, nil), openOn(t, conn, nil)
	purged := make(chan error, 1)
	for d, err := range ch.Consume(t.Context(), "q", &ConsumeOptions{Stream: 1000, MaxBuffered: 256 << 10}) {
		if err != nil {
			t.Fatal(err)
		}
		if d.Body != nil || d.BodySize != size {
			t.Fatalf("%d octets of %d", len(d.Body), d.BodySize)
		}
		go func() {
			_, err := other.PurgeQueue(t.Context(), "q", nil)
			purged <- err
		}()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if n, err := io.Copy(sum, d.Reader()); n != size || err != nil {
			t.Fatal(n, err)
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 {
			t.Errorf("reading allocates %d octets", n)
		}
		if err := errors.Join(<-purged, d.Ack(t.Context())); err != nil {
			t.Error(err)
		}
		break
	}
	want := crc32.NewIEEE()
	for left := size; left > 0; left -= part {
		want.Write(chunk[:min(left, part)])
	}
	if sum.Sum32() != want.Sum32() {
		t.Error("the body is another one")
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestStreamAbandoned passes on in the middle of bodies, one of which nobody
// begins to read: what follows comes whole, in a loop and in a handler.
func TestStreamAbandoned(t *testing.T) {
	for _, handled := range []bool{false, true} {
		conn := connect(t, nil, func(p *peer) {
			p.openChannel(1)
			p.startConsumer(1, "c")
			for tag := DeliveryTag(1); tag <= 4; tag++ {
				p.write(appendStreamed(t, nil, tag, patterned(int(tag), 1<<20), 5000))
			}
			p.write(appendStreamed(t, nil, 5, []byte("whole"), 5000))
			p.send(1, &BasicCancel{ConsumerTag: "c", NoWait: true})
			p.closeConnection()
		})
		ch := openOn(t, conn, nil)
		last := ""
		read := func(_ context.Context, d *Delivery) error {
			octets := make([]byte, 100_000*(int(d.DeliveryTag)%4))
			n, err := io.ReadFull(d.Reader(), octets)
			if want := patterned(int(d.DeliveryTag), n); d.stream != nil && (err != nil || !bytes.Equal(octets, want)) {
				t.Errorf("delivery %d: %d octets, %v", d.DeliveryTag, n, err)
			}
			last = string(d.Body)
			return d.Reject(t.Context())
		}
		o := &ConsumeOptions{Stream: 1000, MaxBuffered: 50_000}
		if handled {
			ch.Handle(t.Context(), "q", read, o)
		} else {
			var first io.Reader
			for d, err := range ch.Consume(t.Context(), "q", o) {
				if err != nil {
					break
				}
				if read(t.Context(), &d); d.DeliveryTag == 1 {
					first = d.Reader()
				} else if _, err := first.Read(make([]byte, 1)); !isA[*UsageError](err) {
					t.Errorf("read late: %v", err)
				}
			}
		}
		if last != "whole" {
			t.Errorf("the last body is %q", last)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestStreamCutAnywhere has the network end at each octet of a streamed
// delivery: what came is read, and then the cause.
func TestStreamCutAnywhere(t *testing.T) {
	body := []byte("a body of several frames")
	whole := appendStreamed(t, nil, 1, body, 7)
	head := len(appendHead(t, nil, 1, uint64(len(body))))
	for cut := head; cut <= len(whole); cut++ {
		conn := connect(t, nil, func(p *peer) {
			p.openChannel(1)
			p.startConsumer(1, "c")
			p.write(whole[:cut])
			p.nc.Close()
		})
		ch := openOn(t, conn, nil)
		for d, err := range ch.Consume(t.Context(), "q", &ConsumeOptions{Stream: 1, NoAck: false}) {
			if err != nil {
				break // the end came before the loop
			}
			got, err := io.ReadAll(d.Reader())
			if want := body[:min(bodyOctets(cut-head, 7), len(body))]; !bytes.Equal(got, want) {
				t.Fatalf("cut at %d: %q where %q came", cut, got, want)
			}
			if complete := len(got) == len(body); complete != (err == nil) || !complete && !isA[*TransportError](err) {
				t.Fatalf("cut at %d: %d octets, %v", cut, len(got), err)
			}
		}
	}
}

// bodyOctets counts those of a body among the first n of its frames of the size.
func bodyOctets(n, size int) int {
	octets := 0
	for i := range n {
		if at := i % (size + frameOverhead); at >= frameHeaderSize && at < frameHeaderSize+size {
			octets++
		}
	}
	return octets
}

// TestStreamEnds ends what a body is read over in several ways: the reader gets
// the cause.
func TestStreamEnds(t *testing.T) {
	enough := errors.New("enough")
	for name, c := range map[string]struct {
		peer  func(p *peer)
		local func(ch *Channel, cancel func(error))
		want  error
	}{
		"context":    {nil, func(_ *Channel, cancel func(error)) { cancel(enough) }, enough},
		"closed":     {nil, func(ch *Channel, _ func(error)) { go ch.Close() }, ErrClosed},
		"connection": {nil, func(ch *Channel, _ func(error)) { go ch.conn.Close() }, ErrClosed},
		"killed": {func(p *peer) {
			p.send(0, &ConnectionClose{ReplyCode: ReplyConnectionForced})
		}, func(*Channel, func(error)) {}, ReplyConnectionForced},
	} {
		t.Run(name, func(t *testing.T) {
			read := make(chan struct{})
			conn := connect(t, nil, func(p *peer) {
				p.openChannel(1)
				p.startConsumer(1, "c")
				p.write(appendHead(t, nil, 1, 100))
				part, _ := Frame{FrameBody, 1, []byte("part")}.AppendBinary(nil)
				p.write(part)
				<-read
				if c.peer != nil {
					c.peer(p)
				}
			})
			ch := openOn(t, conn, nil)
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			for d, err := range ch.Consume(ctx, "q", &ConsumeOptions{Stream: 10}) {
				if err != nil {
					break
				}
				part := make([]byte, 4)
				if _, err := io.ReadFull(d.Reader(), part); err != nil || string(part) != "part" {
					t.Errorf("%q, %v", part, err)
				}
				close(read)
				c.local(ch, cancel)
				if n, err := d.Reader().Read(part); n != 0 || !errors.Is(err, c.want) || !isA[*OpError](err) {
					t.Errorf("%d octets, %v", n, err)
				}
				cancel(enough)
				conn.abort(ErrClosed)
			}
		})
	}
}

// TestStreamParks leaves a body alone for an hour: the connection is not read
// meanwhile, lives, holds no more than it may, and can be closed.
func TestStreamParks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tune := serverTune
		tune.Heartbeat = 10
		conn := connectOver(t, pipePair, tune, &Config{}, func(p *peer) {
			p.openChannel(1)
			p.startConsumer(1, "c")
			go io.Copy(io.Discard, p.nc)
			p.nc.Write(appendStreamed(t, nil, 1, make([]byte, 1<<20), 4000))
		})
		ch := openOn(t, conn, nil)
		for d, err := range ch.Consume(t.Context(), "q", &ConsumeOptions{Stream: 10, MaxBuffered: 10_000}) {
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour)
			if err := conn.Err(); err != nil || !conn.r.parked.Load() {
				t.Errorf("parked: %v, %v", conn.r.parked.Load(), err)
			}
			if n := d.stream.came.octets; n > 100_000 {
				t.Errorf("%d octets are held", n)
			}
			conn.Close()
			break
		}
	})
}
