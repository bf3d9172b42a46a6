package client

import (
	"encoding/binary"
	"math/bits"
)

// interner hands out one string for equal octets, so that the names that a
// connection sees again and again (exchanges, routing keys, consumer tags,
// content types) are not allocated again and again. It remembers few and
// short ones: a newcomer takes the place of whoever was there.
type interner struct {
	slots *[1 << internBits]string // nil until there is something to remember
}

const (
	internBits    = 8  // of the number of a slot
	internLongest = 64 // octets
)

func newInterner() *interner { return &interner{} }

// text returns b as a string. No interner at all makes a new one each time.
func (in *interner) text(b []byte) string {
	if in == nil || len(b) == 0 || len(b) > internLongest {
		return string(b)
	}
	if in.slots == nil {
		in.slots = new([1 << internBits]string)
	}
	slot := &in.slots[internSlot(b)]
	if *slot != string(b) {
		*slot = string(b)
	}
	return *slot
}

// internSlot mixes the ends of b, which is where names differ. Names that share
// a slot cost an allocation, no more.
func internSlot(b []byte) uint64 {
	var first, last uint64
	switch n := len(b); {
	case n >= 8:
		first, last = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	case n >= 4:
		first, last = uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[n-4:]))
	default:
		first, last = uint64(b[0]), uint64(b[n/2])<<8|uint64(b[n-1])
	}
	const odd = 0x9e3779b97f4a7c15 // 2^64 by the golden ratio
	return (first*odd ^ bits.RotateLeft64(last, 29) ^ uint64(len(b))) * odd >> (64 - internBits)
}
