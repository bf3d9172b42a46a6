package client

import "slices"

// chunks are octets of a streamed body that wait to be read, and the memory that
// they are in, which is used again and again.
type chunks struct {
	size   int      // octets of memory of each, but for the last
	left   uint64   // octets still to come
	queue  [][]byte // that wait, the oldest first
	octets int      // that wait
	free   [][]byte // memory to be filled
}

// largestChunk is that of body frames as most servers have them. Larger chunks
// would leave the processor's caches before they are read.
const (
	largestChunk  = 128 << 10
	smallestChunk = 4 << 10
)

// reset drops what waits, and readies the memory for a body of which no more than
// most octets are to wait.
func (c *chunks) reset(size uint64, most int) {
	c.size = int(min(uint64(max(min(largestChunk, most/2), smallestChunk)), size))
	c.left = size
	for _, b := range c.queue {
		c.giveBack(b)
	}
	c.queue, c.octets = slices.Delete(c.queue, 0, len(c.queue)), 0
}

// empty returns memory for a chunk.
func (c *chunks) empty() []byte {
	size := c.size
	if c.left > 0 {
		size = int(min(uint64(size), c.left))
	}
	for n := len(c.free); n > 0; n = len(c.free) {
		b := c.free[n-1]
		c.free = slices.Delete(c.free, n-1, n)
		if cap(b) >= size {
			return b
		}
	}
	return make([]byte, 0, size)
}

// giveBack takes memory that is not in use any more.
func (c *chunks) giveBack(b []byte) {
	if cap(b) > 0 {
		c.free = append(c.free, b[:0])
	}
}

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
