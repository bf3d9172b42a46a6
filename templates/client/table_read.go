package client

import (
	"encoding/binary"
	"fmt"
	"math"
)

// fixedSizes gives the octets of each value whose tag fixes them. The others
// begin with a size of four octets.
var fixedSizes = [256]int{
	't': 1, 'b': 1, 'B': 1, 'k': 1,
	's': 2, 'U': 2, 'u': 2,
	'I': 4, 'i': 4, 'f': 4,
	'D': 5,
	'l': 8, 'L': 8, 'd': 8, 'T': 8,
	'V': valueless,
	'S': sized, 'x': sized, 'c': sized, 'C': sized, 'F': sized, 'A': sized,
}

const (
	valueless = -1
	sized     = -2
	sizeSize  = 4
)

// checkTable finds out whether b is a table that [Table] can hold: every
// length within bounds, every tag known, no deeper than MaxTableDepth. The
// error's path is relative to the table.
func checkTable(b []byte) *DecodeError {
	c := tableChecker{in: b}
	c.table(1)
	return c.err
}

// tableChecker walks octets that nobody has vouched for.
type tableChecker struct {
	in  []byte
	off int
	err *DecodeError
}

func (c *tableChecker) fail(at int, format string, args ...any) {
	if c.err == nil {
		c.err = &DecodeError{Offset: at, Reason: fmt.Sprintf(format, args...)}
	}
}

// within names the part that the error came up in.
func (c *tableChecker) within(format string, arg any) {
	c.err.Path = fmt.Sprintf(format, arg) + c.err.Path
}

func (c *tableChecker) table(depth int) {
	for c.off < len(c.in) {
		size := int(c.in[c.off])
		if size > len(c.in)-c.off-1 {
			c.fail(c.off, "truncated: a name of %d octets, %d are left", size, len(c.in)-c.off-1)
			return
		}
		name := c.in[c.off+1 : c.off+1+size]
		c.off += 1 + size
		c.value(depth)
		if c.err != nil {
			c.within(".%s", name)
			return
		}
	}
}

func (c *tableChecker) array(depth int) {
	for i := 0; c.off < len(c.in); i++ {
		c.value(depth)
		if c.err != nil {
			c.within("[%d]", i)
			return
		}
	}
}

// value checks a tag and its value. depth is that of the table or array
// around it.
func (c *tableChecker) value(depth int) {
	at := c.off
	if at >= len(c.in) {
		c.fail(at, "truncated: a name without a value")
		return
	}
	tag, left := c.in[at], len(c.in)-at-1
	size := fixedSizes[tag]
	switch {
	case size == 0:
		c.fail(at, "unknown tag %q", tag)
		return
	case size == valueless:
		size = 0
	case size == sized:
		c.sized(tag, at, left, depth)
		return
	}
	if size > left {
		c.fail(at, "truncated: tag %c needs %d octets, %d are left", tag, size, left)
		return
	}
	c.off += 1 + size
}

// sized checks a value that begins with its size.
func (c *tableChecker) sized(tag byte, at, left, depth int) {
	if left < sizeSize {
		c.fail(at, "truncated: tag %c needs a size, %d octets are left", tag, left)
		return
	}
	size := binary.BigEndian.Uint32(c.in[at+1:])
	if uint64(size) > uint64(left-sizeSize) {
		c.fail(at, "truncated: tag %c needs %d octets, %d are left", tag, size, left-sizeSize)
		return
	}
	start := at + 1 + sizeSize
	c.off = start + int(size)
	if tag != 'F' && tag != 'A' {
		return
	}
	if depth >= MaxTableDepth {
		c.fail(at, "is nested deeper than MaxTableDepth, %d", MaxTableDepth)
		return
	}
	inner := tableChecker{in: c.in[:c.off], off: start}
	if tag == 'F' {
		inner.table(depth + 1)
	} else {
		inner.array(depth + 1)
	}
	c.err = inner.err
}

// fieldSize returns how many octets follow the tag that s begins with.
func fieldSize(s string) int {
	switch size := fixedSizes[s[0]]; size {
	case valueless:
		return 0
	case sized:
		return sizeSize + int(bigEndian(s[1:], sizeSize))
	default:
		return size
	}
}

// bigEndian reads the first n octets of s as a number.
func bigEndian(s string, n int) uint64 {
	var v uint64
	for i := range n {
		v = v<<8 | uint64(s[i])
	}
	return v
}

// tableReader decodes octets that checkTable found good.
type tableReader struct {
	in string
}

func (r *tableReader) take(n int) string {
	s := r.in[:n]
	r.in = r.in[n:]
	return s
}

func (r *tableReader) name() string {
	return r.take(1 + int(r.in[0]))[1:]
}

// skip passes over a value.
func (r *tableReader) skip() { r.take(1 + fieldSize(r.in)) }

func (r *tableReader) value() any {
	size := fieldSize(r.in)
	tag := r.take(1)[0]
	octets := r.take(size)
	if fixedSizes[tag] == sized {
		return sizedTableValue(tag, octets[sizeSize:])
	}
	return fixedTableValue(tag, octets)
}

func fixedTableValue(tag byte, octets string) any {
	v := bigEndian(octets, len(octets))
	switch tag {
	case 't':
		return v != 0
	case 'b':
		return int8(v)
	case 'B', 'k':
		return uint8(v)
	case 's', 'U':
		return int16(v)
	case 'u':
		return uint16(v)
	case 'I':
		return int32(v)
	case 'i':
		return uint32(v)
	case 'l', 'L':
		return int64(v)
	case 'f':
		return math.Float32frombits(uint32(v))
	case 'd':
		return math.Float64frombits(v)
	case 'D':
		return Decimal{Scale: octets[0], Value: int32(v)}
	case 'T':
		return Timestamp(v)
	}
	return nil // V
}

func sizedTableValue(tag byte, octets string) any {
	switch tag {
	case 'x':
		return []byte(octets)
	case 'F':
		return Table{octets: octets}
	case 'A':
		return arrayValues(octets)
	}
	return octets // S, c, C
}

// arrayValues counts before it makes room: an array of nothings is 16 times
// as large in memory as on the wire, and grown step by step it would cost more.
func arrayValues(octets string) []any {
	n := 0
	for rest := octets; len(rest) > 0; n++ {
		rest = rest[1+fieldSize(rest):]
	}
	values := make([]any, 0, n)
	for r := (tableReader{in: octets}); len(r.in) > 0; {
		values = append(values, r.value())
	}
	return values
}
