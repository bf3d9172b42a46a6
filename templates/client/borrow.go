package client

import (
	"bytes"
	"slices"
)

// batch is what waits for the program: deliveries, and the memory of their
// bodies if those are borrowed.
type batch struct {
	deliveries []Delivery
	bodies     arena
}

// reset readies a batch to be filled again.
func (b *batch) reset() {
	clear(b.deliveries)
	b.deliveries = b.deliveries[:0]
	b.bodies.reset()
}

// join moves to the end what another batch holds, and leaves that one empty.
func (b *batch) join(other *batch) {
	b.deliveries = append(b.deliveries, other.deliveries...)
	b.bodies.join(&other.bodies)
	clear(other.deliveries)
	other.deliveries = other.deliveries[:0]
}

const (
	firstBlock   = 4 << 10
	largestBlock = 64 << 10 // octets of the largest body that is borrowed
)

// arena is memory for borrowed bodies, which are given up together.
type arena struct {
	blocks [][]byte // as long as they are in use
	used   int      // how many are
}

// room returns memory for a body, of just the capacity.
func (a *arena) room(size int) []byte {
	for {
		if a.used > 0 {
			last := &a.blocks[a.used-1]
			if n := len(*last); cap(*last)-n >= size {
				*last = (*last)[:n+size]
				return (*last)[n : n : n+size]
			}
		}
		if a.used == len(a.blocks) {
			a.blocks = append(a.blocks, make([]byte, 0, a.blockFor(size)))
		}
		a.used++
	}
}

// blockFor is the size of the next block: what comes much gets more.
func (a *arena) blockFor(size int) int {
	next := firstBlock
	if n := len(a.blocks); n > 0 {
		next = min(2*cap(a.blocks[n-1]), largestBlock)
	}
	return max(next, size)
}

// reset gives up what is in the blocks. Of those that were not needed half stay.
func (a *arena) reset() {
	keep := a.used + (len(a.blocks)-a.used)/2
	clear(a.blocks[keep:])
	a.blocks = a.blocks[:keep]
	for i := range a.blocks {
		a.blocks[i] = a.blocks[i][:0]
	}
	a.used = 0
}

// join takes the blocks that another arena uses, and leaves it the others.
func (a *arena) join(other *arena) {
	a.blocks = slices.Insert(a.blocks, a.used, other.blocks[:other.used]...)
	a.used += other.used
	other.blocks = slices.Delete(other.blocks, 0, other.used)
	other.used = 0
}

// borrows reports whether the body that comes is to be borrowed.
func (in *inbound) borrows(size uint64) bool {
	return in.kind == inDelivery && in.consumer.borrow && size <= largestBlock
}

// keepBody moves a borrowed body that is not complete to the memory of the next
// batch, since that of this one goes to the program.
func (in *inbound) keepBody(c *consumer) {
	if in.state == inBody && in.stream == nil && in.borrows(uint64(len(in.body))+in.left) && in.consumer == c {
		in.body = append(c.fresh.bodies.room(cap(in.body)), in.body...)
	}
}

// Clone copies a delivery with its body, to keep it where ConsumeOptions.Borrow
// is set. Either of the two can be settled, not both.
func (d *Delivery) Clone() Delivery {
	clone := *d
	clone.Body = bytes.Clone(d.Body)
	return clone
}
