package client

import "hash/maphash"

// interner hands out one string for equal octets, so that the names that a
// connection sees again and again (exchanges, routing keys, consumer tags,
// content types) are not allocated again and again. It remembers few and
// short ones: a newcomer takes the place of whoever was there.
type interner struct {
	seed  maphash.Seed
	slots []string
}

const (
	internSlots   = 256 // a power of two
	internLongest = 64  // octets
)

func newInterner() *interner { return &interner{seed: maphash.MakeSeed()} }

// text returns b as a string.
func (in *interner) text(b []byte) string {
	if len(b) == 0 || len(b) > internLongest {
		return string(b)
	}
	if in.slots == nil {
		in.slots = make([]string, internSlots)
	}
	slot := &in.slots[maphash.Bytes(in.seed, b)%internSlots]
	if *slot != string(b) {
		*slot = string(b)
	}
	return *slot
}
