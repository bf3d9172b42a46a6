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
	b = binary.BigEndian.AppendUint16(b, class)
	return binary.BigEndian.AppendUint16(b, method)
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

// decoder reads a payload that is there whole. Every length is held against
// what is left before it is believed. The first error sticks; from then on
// all reads give zero values.
type decoder struct {
	buf    []byte
	off    int
	id     MethodID // what is being decoded, for errors
	class  string   // instead of id for a content header
	err    *DecodeError
	intern *interner // nil: every string is a new one
}

func (d *decoder) fail(name, format string, args ...any) {
	if d.err != nil {
		return
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
	d.err = &DecodeError{Offset: d.off, Path: path, Reason: fmt.Sprintf(format, args...)}
	d.off = len(d.buf) // so that nothing more can be read
}

// end returns the first error; octets left over are one.
func (d *decoder) end() error {
	if d.err == nil && d.off == len(d.buf) {
		return nil
	}
	return d.failure()
}

func (d *decoder) failure() error {
	if d.err == nil {
		d.fail("", "%d octets are left over", len(d.buf)-d.off)
	}
	return d.err
}

// take returns the next n octets, or nil and an error if they are not there.
func (d *decoder) take(name string, n int) []byte {
	b := d.buf[d.off:]
	if n > len(b) {
		d.truncated(name, n)
		return nil
	}
	d.off += n
	return b[:n]
}

// truncated says that n octets are not there. From then on none are.
//
//go:noinline
func (d *decoder) truncated(name string, n int) {
	d.fail(name, "truncated: needs %d octets, %d are left", n, len(d.buf)-d.off)
}

// numbers reads a method's numbers.
func (d *decoder) numbers() MethodID {
	if len(d.buf)-d.off < 4 {
		return MethodID{d.short("class-id"), d.short("method-id")} // which fails at one of them
	}
	numbers := d.long("")
	return MethodID{uint16(numbers >> 16), uint16(numbers)}
}

// method reads a method's numbers, which must be those of d.id.
func (d *decoder) method() {
	got := d.numbers()
	if d.err == nil && got != d.id {
		d.off = 0
		d.fail("", "the payload is of %s", got)
	}
}

// bits unpacks an octet, lowest bit first. Bits that no field claims are
// ignored, as peers do.
func (d *decoder) bits(name string, bits ...*bool) {
	octet := d.octet(name)
	for i, bit := range bits {
		*bit = octet&(1<<i) != 0
	}
}

func (d *decoder) octet(name string) uint8 {
	if d.off >= len(d.buf) {
		d.truncated(name, 1)
		return 0
	}
	d.off++
	return d.buf[d.off-1]
}

func (d *decoder) short(name string) uint16 {
	b := d.buf[d.off:]
	if len(b) < 2 {
		d.truncated(name, 2)
		return 0
	}
	d.off += 2
	return binary.BigEndian.Uint16(b)
}

func (d *decoder) long(name string) uint32 {
	b := d.buf[d.off:]
	if len(b) < 4 {
		d.truncated(name, 4)
		return 0
	}
	d.off += 4
	return binary.BigEndian.Uint32(b)
}

func (d *decoder) longlong(name string) uint64 {
	b := d.buf[d.off:]
	if len(b) < 8 {
		d.truncated(name, 8)
		return 0
	}
	d.off += 8
	return binary.BigEndian.Uint64(b)
}

func (d *decoder) timestamp(name string) Timestamp { return Timestamp(d.longlong(name)) }

// shortstr returns last if that is what comes.
func (d *decoder) shortstr(name, last string) string {
	b := d.buf[d.off:]
	if len(b) == 0 || int(b[0]) >= len(b) {
		d.take(name, int(d.octet(name))) // which fails
		return ""
	}
	end := 1 + int(b[0])
	d.off += end
	if string(b[1:end]) == last {
		return last
	}
	return d.intern.text(b[1:end])
}

func (d *decoder) longstr(name string) string { return string(d.block(name)) }

func (d *decoder) table(name string) Table {
	start := d.off
	b := d.block(name)
	if err := checkTable(b); err != nil {
		d.off = start + 4 + err.Offset
		d.fail(name+err.Path, "%s", err.Reason)
		return Table{}
	}
	return Table{octets: string(b)}
}

// block takes what follows a length of four octets.
func (d *decoder) block(name string) []byte {
	n := d.long(name)
	if left := len(d.buf) - d.off; d.err == nil && uint64(n) > uint64(left) {
		d.fail(name, "truncated: needs %d octets, %d are left", n, left)
	}
	return d.take(name, int(n))
}
