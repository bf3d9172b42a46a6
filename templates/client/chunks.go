package client

import (
	"slices"
	"sync"
)

// chunks are octets of a streamed body that wait to be read, and the memory that
// they are in.
type chunks struct {
	pool   *chunkPool
	size   int      // octets of memory of each
	left   uint64   // octets still to come
	queue  [][]byte // that wait, the oldest first
	octets int      // that wait
}

// largestChunk is that of body frames as most servers have them. Larger chunks
// would leave the processor's caches before they are read.
const (
	largestChunk  = 128 << 10
	smallestChunk = 4 << 10
)

// newChunks is for a body of which no more than most octets are to wait.
func newChunks(pool *chunkPool, size uint64, most int) chunks {
	return chunks{
		pool:  pool,
		size:  int(min(uint64(max(min(largestChunk, most/2), smallestChunk)), size)),
		left:  size,
		queue: make([][]byte, 0, 8),
	}
}

// empty returns memory for a chunk.
func (c *chunks) empty() []byte { return c.pool.take(c.size) }

// copy adds a copy of octets.
func (c *chunks) copy(octets []byte) {
	c.octets += len(octets)
	for len(octets) > 0 {
		if n := len(c.queue); n == 0 || len(c.queue[n-1]) == cap(c.queue[n-1]) {
			c.queue = append(c.queue, c.empty())
		}
		last := &c.queue[len(c.queue)-1]
		n := min(len(octets), cap(*last)-len(*last))
		*last = append(*last, octets[:n]...)
		octets = octets[n:]
		c.left -= uint64(n)
	}
}

// add adds octets with the memory that they are in.
func (c *chunks) add(b []byte) {
	c.octets += len(b)
	c.left -= uint64(len(b))
	c.queue = append(c.queue, b)
}

// take returns the oldest chunk; nil if there is none.
func (c *chunks) take() []byte {
	if len(c.queue) == 0 {
		return nil
	}
	b := c.queue[0]
	c.queue = slices.Delete(c.queue, 0, 1)
	c.octets -= len(b)
	return b
}

// drop gives up what waits.
func (c *chunks) drop() {
	for _, b := range c.queue {
		c.pool.giveBack(b)
	}
	c.queue, c.octets = nil, 0
}

// chunkPool is memory that no stream of a consumer uses, for the next chunks.
type chunkPool struct {
	most int // octets that it keeps

	mu     sync.Mutex
	free   [][]byte
	octets int // of free
}

// take returns memory for so many octets. What is too small for them goes.
func (p *chunkPool) take(size int) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n := len(p.free); n > 0; n = len(p.free) {
		b := p.free[n-1]
		p.free = slices.Delete(p.free, n-1, n)
		p.octets -= cap(b)
		if cap(b) >= size {
			return b
		}
	}
	return make([]byte, 0, size)
}

// giveBack takes memory that is not in use any more.
func (p *chunkPool) giveBack(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if cap(b) > 0 && p.octets+cap(b) <= p.most {
		p.free = append(p.free, b[:0])
		p.octets += cap(b)
	}
}
