package client

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestChunks holds that octets come out as they went in, and are counted.
func TestChunks(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	pool := &chunkPool{most: 1 << 20}
	for body := range 200 {
		size := 1 + r.IntN(300_000)
		c := newChunks(pool, uint64(size), 1+r.IntN(400_000))
		var in, out []byte
		for range 1 + r.IntN(100) {
			octets := patterned(body, min(r.IntN(50_000), size-len(in)))
			switch r.IntN(3) {
			case 0:
				c.copy(octets)
				in = append(in, octets...)
			case 1:
				next := c.empty()
				next = append(next, octets[:min(len(octets), cap(next))]...)
				c.add(next)
				in = append(in, next...)
			default:
				taken := c.take()
				out = append(out, taken...)
				pool.giveBack(taken)
			}
			if c.octets != len(in)-len(out) {
				t.Fatalf("%d octets are counted, %d wait", c.octets, len(in)-len(out))
			}
		}
		for len(c.queue) > 0 && body%2 == 0 {
			out = append(out, c.take()...)
		}
		if !bytes.Equal(in[:len(out)], out) || body%2 == 0 && len(in) != len(out) {
			t.Fatalf("body %d: %d octets in, %d others out", body, len(in), len(out))
		}
		if c.drop(); c.octets != 0 || pool.octets > pool.most {
			t.Fatalf("%d octets wait, and the pool has %d", c.octets, pool.octets)
		}
	}
}

// TestChunksAreUsedAgain holds that one body after the other takes no new memory.
func TestChunksAreUsedAgain(t *testing.T) {
	pool := &chunkPool{most: 1 << 20}
	octets := make([]byte, 300_000)
	allocations := testing.AllocsPerRun(20, func() {
		c := newChunks(pool, 1<<20, 1<<20)
		c.copy(octets)
		pool.giveBack(c.take())
		c.add(append(c.empty(), octets[:100]...))
		c.drop()
	})
	if allocations > 1 { // the queue
		t.Errorf("%v allocations for a body", allocations)
	}
	if len(pool.free) > 4 {
		t.Errorf("%d chunks are kept", len(pool.free))
	}
}

// TestChunksWithoutBound keeps the memory of chunks also where any number may wait.
func TestChunksWithoutBound(t *testing.T) {
	c := newConsumer(nil, BasicConsume{}, &ConsumeOptions{MaxBuffered: math.MaxInt})
	if c.pool.giveBack(make([]byte, 100)); len(c.pool.free) != 1 {
		t.Error("memory is not used again")
	}
}

// TestStreamTakesFewReads counts how often the network is read for bodies in large
// frames that are streamed. The trouble that it prevents: octets took the way over
// the reader's buffer, or came in small pieces.
func TestStreamTakesFewReads(t *testing.T) {
	const frames, frame = 200, 131064
	conn := consumed(t, frame, slices.Repeat([]int{frames / 4 * frame}, 4), &ConsumeOptions{NoAck: true, Stream: 1000})
	if reads := conn.r.reads.Load(); reads > 5*frames {
		t.Errorf("%d reads for %d frames", reads, frames)
	}
	if size := len(conn.r.buf); size > 4*firstBuffer {
		t.Errorf("the reader's buffer has grown to %d octets", size)
	}
}
