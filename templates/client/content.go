package client

import (
	"encoding/binary"
)

// Properties are the properties of one class's content: the pointer to a
// generated struct such as BasicProperties.
type Properties interface {
	// ClassID returns the class that the properties belong to.
	ClassID() uint16

	encode(b []byte, e *encoder) []byte
	decode(*decoder)
}

// PropertyFlags says which properties are present, as the flag words of a
// content header do: the first word in bits 15 to 1, the next in bits 31 to 17,
// and so on. The lowest bit of each word belongs to the wire and is ignored.
type PropertyFlags uint64

const (
	flagWordBits  = 16
	flagWords     = 4
	flagMore      = 1 // another word follows
	flagWordMask  = 0xfffe
	allWordsFlags = PropertyFlags(0xfffe_fffe_fffe_fffe)
)

// flags writes the words that are needed, at least one.
func (e *encoder) flags(b []byte, f PropertyFlags) []byte {
	f &= allWordsFlags
	for {
		word := uint16(f & flagWordMask)
		f >>= flagWordBits
		if f == 0 {
			return e.short(b, word)
		}
		b = e.short(b, word|flagMore)
	}
}

// flags reads flag words until one says that it is the last.
func (d *decoder) flags() PropertyFlags {
	var f PropertyFlags
	for i := range flagWords {
		word := d.short("property-flags")
		f |= PropertyFlags(word&flagWordMask) << (flagWordBits * i)
		if word&flagMore == 0 {
			return f
		}
	}
	d.fail("property-flags", "more than %d words", flagWords)
	return 0
}

// ContentHeader is the payload of the header frame that follows a method with
// content.
type ContentHeader struct {
	ClassID    uint16
	BodySize   uint64 // octets, in body frames that follow; 0 means no body frame at all
	Properties Properties
}

const contentHeaderSize = 12 // before the property flags

// AppendBinary appends the payload of a header frame. It fails with a
// *UsageError, and leaves b as it was, if a property does not fit the wire or
// the properties are of another class.
func (h ContentHeader) AppendBinary(b []byte) ([]byte, error) {
	if h.Properties == nil || h.Properties.ClassID() != h.ClassID {
		return b, &UsageError{Field: "Properties", Reason: "are not those of class " + className(h.ClassID)}
	}
	e, size := encoder{}, len(b)
	b = e.contentHeader(b, h.ClassID, h.BodySize)
	b = h.Properties.encode(b, &e)
	return e.result(b, size)
}

// UnmarshalBinary decodes the payload of a header frame, whole. It keeps
// nothing of b. A malformation is a *DecodeError.
func (h *ContentHeader) UnmarshalBinary(b []byte) error {
	d := decoder{buf: b, class: "header"}
	class, size := d.contentHeader()
	if d.err != nil {
		return d.err
	}
	properties := newProperties(class)
	if properties == nil {
		d.off = 0
		d.fail("class-id", "class %d has no content", class)
		return d.err
	}
	properties.decode(&d)
	*h = ContentHeader{ClassID: class, BodySize: size, Properties: properties}
	return d.end()
}

func (e *encoder) contentHeader(b []byte, class uint16, size uint64) []byte {
	e.id = MethodID{Class: class}
	b = e.short(b, class)
	b = e.short(b, 0) // weight
	return e.longlong(b, size)
}

// contentHeader reads what stands before the properties.
func (d *decoder) contentHeader() (class uint16, size uint64) {
	b := d.buf[d.off:]
	if len(b) < contentHeaderSize {
		d.truncated("class-id", contentHeaderSize)
		return 0, 0
	}
	d.off += contentHeaderSize
	if weight := binary.BigEndian.Uint16(b[2:]); weight != 0 {
		d.off = 2
		d.fail("weight", "is %d; it is always 0", weight)
	}
	return binary.BigEndian.Uint16(b), binary.BigEndian.Uint64(b[4:])
}
