package client

import (
	"bytes"
	"context"
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// patterned is a body that tells of each of its octets whether it is its own.
func patterned(tag, size int) []byte {
	body := bytes.Repeat(binary.BigEndian.AppendUint32(nil, uint32(tag)), size/4+1)
	return body[:size]
}

// bodySizes are those of the deliveries from 1 on.
func bodySizes(seed uint64, n int) []int {
	r := rand.New(rand.NewPCG(seed, 3))
	sizes := make([]int, n)
	for i := range sizes {
		sizes[i] = r.IntN([]int{10, 300, 3000, 70_000}[r.IntN(4)])
	}
	return sizes
}

// deliverInPieces writes deliveries of the sizes, cut anywhere.
func (p *peer) deliverInPieces(seed uint64, sizes []int) {
	r := rand.New(rand.NewPCG(seed, 4))
	var out []byte
	for i, size := range sizes {
		m := &BasicDeliver{ConsumerTag: "c", DeliveryTag: DeliveryTag(i + 1)}
		out = appendContent(p.t, out, 1, m, &BasicProperties{}, patterned(i+1, size))
		for len(out) > 0 && (r.IntN(5) > 0 || i == len(sizes)-1) {
			n := 1 + r.IntN(min(len(out), 20_000))
			p.write(out[:n])
			out = out[n:]
		}
	}
}

// TestBorrowedBodies gets bodies of all sizes, however the network cuts them:
// each is whole and stays so for its turn, in a loop and in many handlers.
func TestBorrowedBodies(t *testing.T) {
	const deliveries = 400
	for seed := range uint64(6) {
		sizes := bodySizes(seed, deliveries)
		conn := connect(t, nil, func(p *peer) {
			p.openChannel(1)
			expect[BasicConsume](p, 1)
			p.send(1, &BasicConsumeOK{ConsumerTag: "c"})
			p.deliverInPieces(seed, sizes)
			p.send(1, &BasicCancel{ConsumerTag: "c", NoWait: true})
			p.closeConnection()
		})
		ch := openOn(t, conn, nil)
		var got atomic.Int32
		check := func(_ context.Context, d *Delivery) error {
			want := patterned(int(d.DeliveryTag), sizes[d.DeliveryTag-1])
			clone := d.Clone()
			for range 2 {
				if !bytes.Equal(d.Body, want) || !bytes.Equal(clone.Body, want) {
					t.Errorf("seed %d: the body of delivery %d, of %d octets, is another's", seed, d.DeliveryTag, len(want))
				}
				if d.DeliveryTag%10 == 0 {
					time.Sleep(100 * time.Microsecond)
				}
			}
			got.Add(1)
			return nil
		}
		o := &ConsumeOptions{NoAck: true, Borrow: true, Concurrency: 3, MaxBuffered: 200_000}
		if seed%2 == 0 {
			ch.Handle(t.Context(), "q", check, o)
		} else {
			for d, err := range ch.Consume(t.Context(), "q", o) {
				if err == nil {
					check(t.Context(), &d)
				}
			}
		}
		if got.Load() != deliveries {
			t.Errorf("seed %d: %d deliveries", seed, got.Load())
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestBorrowAllocatesNothing counts what deliveries allocate, once things have
// settled down.
func TestBorrowAllocatesNothing(t *testing.T) {
	const warm, counted = 20_000, 100_000
	for name, concurrency := range map[string]int{"loop": 0, "handler": 1, "handlers": 4} {
		t.Run(name, func(t *testing.T) {
			conn := connect(t, nil, func(p *peer) {
				p.openChannel(1)
				expect[BasicConsume](p, 1)
				p.send(1, &BasicConsumeOK{ConsumerTag: "c"})
				var out []byte
				for range 100 {
					out = appendContent(t, out, 1, &BasicDeliver{ConsumerTag: "c", DeliveryTag: 1, RoutingKey: "k"}, &BasicProperties{}, make([]byte, 200))
				}
				for range (warm + counted) / 100 {
					p.write(out)
				}
				p.endConsumer(1, "c")
				p.closeConnection()
			})
			ch := openOn(t, conn, nil)
			var before, after runtime.MemStats
			var got atomic.Int32
			count := func(context.Context, *Delivery) error {
				switch got.Add(1) {
				case warm:
					runtime.ReadMemStats(&before)
				case warm + counted:
					runtime.ReadMemStats(&after)
					return ErrStop
				}
				return nil
			}
			o := &ConsumeOptions{NoAck: true, Borrow: true, Concurrency: concurrency}
			if concurrency > 0 {
				if err := ch.Handle(t.Context(), "q", count, o); err != nil {
					t.Error(err)
				}
			} else {
				for d, err := range ch.Consume(t.Context(), "q", o) {
					if err != nil || count(t.Context(), &d) != nil {
						break
					}
				}
			}
			if n := after.Mallocs - before.Mallocs; n > counted/100 {
				t.Errorf("%d allocations for %d deliveries", n, counted)
			} else {
				t.Logf("%d allocations for %d deliveries", n, counted)
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestArenaShrinks has one large batch and then small ones.
func TestArenaShrinks(t *testing.T) {
	var a arena
	for range 100 {
		a.room(60_000)
	}
	for range 2 * resetsToTrim {
		a.reset()
		a.room(100)
	}
	if len(a.blocks) > 2 {
		t.Errorf("%d blocks stay", len(a.blocks))
	}
}

// TestArenaKeeps has a large batch among several small ones, again and again:
// that needs no more memory.
func TestArenaKeeps(t *testing.T) {
	var a arena
	batches := func() {
		for _, bodies := range []int{2, 30, 3, 1, 12} {
			a.reset()
			for range bodies {
				a.room(60_000)
			}
		}
	}
	if n := testing.AllocsPerRun(10*resetsToTrim, batches); n != 0 {
		t.Errorf("%v allocations for five batches", n)
	}
}
