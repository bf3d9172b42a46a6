package client

import (
	"bytes"
	"slices"
)

const (
	firstBlock   = 4 << 10
	largestBlock = 64 << 10 // octets of memory that several bodies share
	largestKept  = 4 << 20  // octets; the memory of a larger body is not used again
	mostKept     = 8 << 20  // octets of such memory that wait for bodies
	resetsToTrim = 64       // after so many, blocks that no batch has needed meanwhile go
)

// arena is memory for borrowed bodies, which are given up together.
type arena struct {
	blocks [][]byte // as long as they are in use
	used   int      // how many are
	peak   int      // the most that were, of the batches since some were let go
	resets int      // how many batches that is

	// A large body has its memory for itself. It gets it only as it comes, as others
	// do, and leaves it here for the next one.
	large [][]byte // memory of the large bodies of this batch
	free  [][]byte // memory of earlier ones, to be used again
}

// takeFree returns memory for a large body that comes, if there is any.
func (a *arena) takeFree(size int) []byte {
	for i, b := range a.free {
		if cap(b) >= size {
			a.free = slices.Delete(a.free, i, i+1)
			return b[:0]
		}
	}
	return nil
}

// keep takes the memory of a large body that has come.
func (a *arena) keep(body []byte) {
	if cap(body) > largestBlock && cap(body) <= largestKept {
		a.large = append(a.large, body)
	}
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

// reset gives up what is in the blocks. Batches differ much in size from one to
// the next, so that blocks go only when many have not needed them.
func (a *arena) reset() {
	for i := range a.blocks[:a.used] {
		a.blocks[i] = a.blocks[i][:0]
	}
	a.peak = max(a.peak, a.used)
	if a.resets++; a.resets == resetsToTrim {
		keep := min(a.peak, len(a.blocks))
		clear(a.blocks[keep:])
		a.blocks = a.blocks[:keep]
		a.peak, a.resets = 0, 0
	}
	a.used = 0
	a.freeLarge()
}

// freeLarge gives up the memory of large bodies. Not all of it is kept.
func (a *arena) freeLarge() {
	clear(a.free)
	a.free = a.free[:0]
	kept := 0
	for _, b := range a.large {
		if kept += cap(b); kept > mostKept {
			break
		}
		a.free = append(a.free, b)
	}
	clear(a.large)
	a.large = a.large[:0]
}

// join takes the blocks that another arena uses, and gives it those that none does.
func (a *arena) join(other *arena) {
	other.blocks = append(other.blocks, a.blocks[a.used:]...)
	clear(a.blocks[a.used:])
	a.blocks = append(a.blocks[:a.used], other.blocks[:other.used]...)
	a.used = len(a.blocks)
	other.blocks = slices.Delete(other.blocks, 0, other.used)
	other.used = 0
	a.large = append(a.large, other.large...)
	clear(other.large)
	other.large = other.large[:0]
}

// borrows reports whether the body that comes is to be borrowed.
func (in *inbound) borrows() bool { return in.kind == inDelivery && in.consumer.borrow }

// borrowed returns memory for a body that is to be borrowed; nil if there is none.
func (in *inbound) borrowed(size uint64) []byte {
	if size > largestBlock {
		return in.consumer.fresh.bodies.takeFree(int(size))
	}
	return in.consumer.fresh.bodies.room(int(size))
}

// keepBody moves a borrowed body that is not complete to the memory of the next
// batch, since that of this one goes to the program. A large one has its own
// memory, and stays.
func (in *inbound) keepBody(c *consumer) {
	if in.state == inBody && in.stream == nil && in.borrows() && in.consumer == c && uint64(len(in.body))+in.left <= largestBlock {
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
