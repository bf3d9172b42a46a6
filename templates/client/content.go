package client

import "encoding/binary"

// Properties are the properties of one class's content: the pointer to a
// generated struct such as BasicProperties.
type Properties interface {
	// ClassID returns the class that the properties belong to.
	ClassID() uint16

	encode(b []byte, e *encoder) []byte
	decode(b []byte, d *decoder) []byte
}

// PropertyFlags says which properties are present, as the flag words of a
// content header do: the first word in bits 15 to 1, the next in bits 31 to 17,
// and so on. The lowest bit of each word belongs to the wire and is ignored.
type PropertyFlags uint64

const (
	flagWordBits  = 16
	flagWordSize  = flagWordBits / 8
	flagWords     = 4
	flagMore      = 1 // another word follows
	flagWordMask  = 0xfffe
	allWordsFlags = PropertyFlags(0xfffe_fffe_fffe_fffe)
)

// flags fills in the flag words, for one of which there is room at start.
func (e *encoder) flags(b []byte, start int, f PropertyFlags) []byte {
	if f>>flagWordBits != 0 {
		return e.moreFlags(b, start, f)
	}
	binary.BigEndian.PutUint16(b[start:], uint16(f&flagWordMask))
	return b
}

// moreFlags is flags for several words, which it makes room for.
func (e *encoder) moreFlags(b []byte, start int, f PropertyFlags) []byte {
	words := make([]byte, 0, flagWords*flagWordSize)
	for f &= allWordsFlags; f>>flagWordBits != 0; f >>= flagWordBits {
		words = e.short(words, uint16(f)|flagMore)
	}
	words = e.short(words, uint16(f))
	words = append(words, b[start+flagWordSize:]...)
	return append(b[:start], words...)
}

// flags reads flag words until one says that it is the last. There is one as a
// rule.
func (d *decoder) flags(b []byte) (PropertyFlags, []byte) {
	if len(b) < 2 || b[1]&flagMore != 0 {
		return d.moreFlags(b)
	}
	return PropertyFlags(binary.BigEndian.Uint16(b)), b[2:]
}

// moreFlags is flags for any number of words.
func (d *decoder) moreFlags(b []byte) (f PropertyFlags, rest []byte) {
	for i := range flagWords {
		var word uint16
		b = d.short(b, "property-flags", &word)
		f |= PropertyFlags(word&flagWordMask) << (flagWordBits * i)
		if word&flagMore == 0 {
			return f, b
		}
	}
	return 0, d.fail(b, "property-flags", "more than %d words", flagWords)
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
	d := decoder{size: len(b), class: "header"}
	class, size, rest := d.contentHeader(b)
	if d.err != nil {
		return d.err
	}
	properties := newProperties(class)
	if properties == nil {
		d.fail(b, "class-id", "class %d has no content", class)
		return d.err
	}
	rest = properties.decode(rest, &d)
	*h = ContentHeader{ClassID: class, BodySize: size, Properties: properties}
	return d.end(rest)
}

func (e *encoder) contentHeader(b []byte, class uint16, size uint64) []byte {
	e.id = MethodID{Class: class}
	b = append(b, byte(class>>8), byte(class), 0, 0) // weight is always 0
	return e.longlong(b, size)
}

// contentHeader reads what stands before the properties.
func (d *decoder) contentHeader(b []byte) (class uint16, size uint64, rest []byte) {
	if len(b) < contentHeaderSize {
		return 0, 0, d.truncated(b, "class-id", contentHeaderSize)
	}
	if weight := binary.BigEndian.Uint16(b[2:]); weight != 0 {
		return 0, 0, d.fail(b[2:], "weight", "is %d; it is always 0", weight)
	}
	return binary.BigEndian.Uint16(b), binary.BigEndian.Uint64(b[4:]), b[contentHeaderSize:]
}
