package client

import (
	"encoding/binary"
	"fmt"
	"math"
)

// encoder is what the parts of a payload have in common while they are appended
// to it. The first value that does not fit sticks as err, and what was appended
// is then to be cut off again. The payload itself goes from hand to hand, so that
// it stays in registers.
type encoder struct {
	id  MethodID // what is being encoded, for errors
	err *UsageError
}

// result returns the payload, cut back to size if encoding failed.
func (e *encoder) result(b []byte, size int) ([]byte, error) {
	if e.err != nil {
		return b[:size], e.err
	}
	return b, nil
}

func (e *encoder) fail(name, format string, args ...any) {
	if e.err != nil {
		return
	}
	what := e.id.String()
	if e.id.Method == 0 {
		what = className(e.id.Class) + " properties"
	}
	e.err = &UsageError{Field: what + "." + name, Reason: fmt.Sprintf(format, args...)}
}

// tooLong fails because of a short string. It stands apart, lest what calls it be
// too large to be inlined.
//
//go:noinline
func (e *encoder) tooLong(b []byte, name, v string) []byte {
	e.fail(name, "has %d octets; a short string holds at most 255", len(v))
	return b
}

// method begins a method's payload with its numbers.
func (e *encoder) method(b []byte, class, method uint16) []byte {
	e.id = MethodID{class, method}
	return append(b, byte(class>>8), byte(class), byte(method>>8), byte(method))
}

// bit is a bit's value in the octet that it is packed in.
func bit(set bool) uint8 {
	if set {
		return 1
	}
	return 0
}

func (e *encoder) octet(b []byte, v uint8) []byte     { return append(b, v) }
func (e *encoder) short(b []byte, v uint16) []byte    { return binary.BigEndian.AppendUint16(b, v) }
func (e *encoder) long(b []byte, v uint32) []byte     { return binary.BigEndian.AppendUint32(b, v) }
func (e *encoder) longlong(b []byte, v uint64) []byte { return binary.BigEndian.AppendUint64(b, v) }

func (e *encoder) timestamp(b []byte, v Timestamp) []byte { return e.longlong(b, uint64(v)) }

func (e *encoder) shortstr(b []byte, name, v string) []byte {
	if len(v) > math.MaxUint8 {
		return e.tooLong(b, name, v)
	}
	return append(append(b, byte(len(v))), v...)
}

func (e *encoder) longstr(b []byte, name, v string) []byte {
	if uint64(len(v)) > math.MaxUint32 {
		e.fail(name, "has %d octets; a long string holds at most 2^32-1", len(v))
		return b
	}
	return append(e.long(b, uint32(len(v))), v...)
}

func (e *encoder) table(b []byte, name string, t Table) []byte {
	if t.err != nil {
		e.fail(name+t.err.Field, "%s", t.err.Reason)
		return b
	}
	return e.longstr(b, name, t.octets)
}

// decoder is what the parts of a payload have in common while they are read. The
// payload is there whole; what is left of it goes from hand to hand, so that it
// stays in registers, and every length is held against that before it is
// believed. The first error sticks, and leaves nothing more to read.
type decoder struct {
	size   int      // octets of the whole payload
	id     MethodID // what is being decoded, for errors
	class  string   // instead of id for a content header
	err    *DecodeError
	intern *interner // nil: every string is a new one
}

// fail says what is wrong with the octets that b begins with, and returns what
// is left to read then.
func (d *decoder) fail(b []byte, name, format string, args ...any) []byte {
	if d.err != nil {
		return nil
	}
	path := d.class
	if path == "" {
		path = d.id.String()
	}
	switch {
	case name == "":
	case name[0] == '.' || name[0] == '[': // of a table
		path += name
	default:
		path += "." + name
	}
	d.err = &DecodeError{Offset: d.size - len(b), Path: path, Reason: fmt.Sprintf(format, args...)}
	return nil
}

// truncated says that n octets are due, and not there.
//
//go:noinline
func (d *decoder) truncated(b []byte, name string, n int) []byte {
	return d.fail(b, name, "truncated: needs %d octets, %d are left", n, len(b))
}

// end returns the first error; octets left over are one.
func (d *decoder) end(b []byte) error {
	if d.err == nil && len(b) == 0 {
		return nil
	}
	return d.failure(b)
}

// failure stands apart for the sake of inlining.
//
//go:noinline
func (d *decoder) failure(b []byte) error {
	if d.err == nil {
		d.fail(b, "", "%d octets are left over", len(b))
	}
	return d.err
}

// numbers reads a method's numbers.
func (d *decoder) numbers(b []byte) (MethodID, []byte) {
	var id MethodID
	b = d.short(b, "class-id", &id.Class)
	b = d.short(b, "method-id", &id.Method)
	return id, b
}

// method reads a method's numbers, which must be those of d.id.
func (d *decoder) method(b []byte) []byte {
	got, rest := d.numbers(b)
	if d.err == nil && got != d.id {
		return d.fail(b, "", "the payload is of %s", got)
	}
	return rest
}

// bit reads an octet with a single bit, the lowest. Bits that no field claims
// are ignored, as peers do.
func (d *decoder) bit(b []byte, name string, v *bool) []byte {
	if len(b) < 1 {
		return d.truncated(b, name, 1)
	}
	*v = b[0]&1 != 0
	return b[1:]
}

// bits reads an octet with several, lowest bit first.
func (d *decoder) bits(b []byte, name string, v ...*bool) []byte {
	if len(b) < 1 {
		return d.truncated(b, name, 1)
	}
	for i, bit := range v {
		*bit = b[0]&(1<<i) != 0
	}
	return b[1:]
}

func (d *decoder) octet(b []byte, name string, v *uint8) []byte {
	if len(b) < 1 {
		return d.truncated(b, name, 1)
	}
	*v = b[0]
	return b[1:]
}

func (d *decoder) short(b []byte, name string, v *uint16) []byte {
	if len(b) < 2 {
		return d.truncated(b, name, 2)
	}
	*v = binary.BigEndian.Uint16(b)
	return b[2:]
}

func (d *decoder) long(b []byte, name string, v *uint32) []byte {
	if len(b) < 4 {
		return d.truncated(b, name, 4)
	}
	*v = binary.BigEndian.Uint32(b)
	return b[4:]
}

func (d *decoder) longlong(b []byte, name string, v *uint64) []byte {
	if len(b) < 8 {
		return d.truncated(b, name, 8)
	}
	*v = binary.BigEndian.Uint64(b)
	return b[8:]
}

func (d *decoder) timestamp(b []byte, name string, v *Timestamp) []byte {
	return d.longlong(b, name, (*uint64)(v))
}

// shortstr leaves v alone if that is what comes.
func (d *decoder) shortstr(b []byte, name string, v *string) []byte {
	if len(b) == 0 {
		return d.truncated(b, name, 1)
	}
	end := 1 + int(b[0])
	if end > len(b) {
		return d.truncated(b[1:], name, end-1)
	}
	if string(b[1:end]) != *v {
		*v = d.intern.text(b[1:end])
	}
	return b[end:]
}

func (d *decoder) longstr(b []byte, name string, v *string) []byte {
	octets, rest := d.block(b, name)
	*v = string(octets)
	return rest
}

func (d *decoder) table(b []byte, name string, v *Table) []byte {
	octets, rest := d.block(b, name)
	if err := checkTable(octets); err != nil {
		return d.fail(b[sizeSize+err.Offset:], name+err.Path, "%s", err.Reason)
	}
	*v = Table{octets: string(octets)}
	return rest
}

// block takes what follows a length of four octets.
func (d *decoder) block(b []byte, name string) (octets, rest []byte) {
	var n uint32
	b = d.long(b, name, &n)
	if uint64(n) > uint64(len(b)) {
		return nil, d.fail(b, name, "truncated: needs %d octets, %d are left", n, len(b))
	}
	return b[:n], b[n:]
}
