package client

import (
	"encoding/binary"
	"fmt"
	"math"
)

// encoder appends a payload to buf. The first value that does not fit sticks
// as err, and what was appended is then to be cut off again.
type encoder struct {
	buf []byte
	id  MethodID // what is being encoded, for errors
	err *UsageError
}

// result returns the buffer, cut back to size if encoding failed.
func (e *encoder) result(size int) ([]byte, error) {
	if e.err != nil {
		return e.buf[:size], e.err
	}
	return e.buf, nil
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

// method begins a method's payload with its numbers.
func (e *encoder) method(class, method uint16) {
	e.id = MethodID{class, method}
	e.buf = binary.BigEndian.AppendUint16(e.buf, class)
	e.buf = binary.BigEndian.AppendUint16(e.buf, method)
}

// bits packs up to eight bits into an octet, the first one lowest.
func (e *encoder) bits(bits ...bool) {
	var octet byte
	for i, bit := range bits {
		if bit {
			octet |= 1 << i
		}
	}
	e.buf = append(e.buf, octet)
}

func (e *encoder) octet(v uint8)     { e.buf = append(e.buf, v) }
func (e *encoder) short(v uint16)    { e.buf = binary.BigEndian.AppendUint16(e.buf, v) }
func (e *encoder) long(v uint32)     { e.buf = binary.BigEndian.AppendUint32(e.buf, v) }
func (e *encoder) longlong(v uint64) { e.buf = binary.BigEndian.AppendUint64(e.buf, v) }

func (e *encoder) timestamp(v Timestamp) { e.longlong(uint64(v)) }

func (e *encoder) shortstr(name, v string) {
	if len(v) > math.MaxUint8 {
		e.fail(name, "has %d octets; a short string holds at most 255", len(v))
		return
	}
	e.buf = append(e.buf, byte(len(v)))
	e.buf = append(e.buf, v...)
}

func (e *encoder) longstr(name, v string) {
	if uint64(len(v)) > math.MaxUint32 {
		e.fail(name, "has %d octets; a long string holds at most 2^32-1", len(v))
		return
	}
	e.long(uint32(len(v)))
	e.buf = append(e.buf, v...)
}

func (e *encoder) table(name string, t Table) {
	if t.err != nil {
		e.fail(name+t.err.Field, "%s", t.err.Reason)
		return
	}
	e.longstr(name, t.octets)
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
	if d.err == nil && d.off < len(d.buf) {
		d.fail("", "%d octets are left over", len(d.buf)-d.off)
	}
	if d.err != nil {
		return d.err
	}
	return nil
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
func (d *decoder) truncated(name string, n int) {
	d.fail(name, "truncated: needs %d octets, %d are left", n, len(d.buf)-d.off)
}

// method reads a method's numbers, which must be those of d.id.
func (d *decoder) method() {
	got := MethodID{d.short("class-id"), d.short("method-id")}
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

func (d *decoder) shortstr(name string) string {
	b := d.take(name, int(d.octet(name)))
	if d.intern != nil {
		return d.intern.text(b)
	}
	return string(b)
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
