//amqpgen:requires message.transfer

package client

import "fmt"

// TransferBody is the body within message.transfer: the data itself, or the
// name under which the receiver has it already.
type TransferBody struct {
	Reference bool
	Data      string // the data, or the name
}

// The octet before the data or the name.
const (
	transferInline    = 0
	transferReference = 1
)

func (e *encoder) content(b []byte, name string, body TransferBody) []byte {
	kind := uint8(transferInline)
	if body.Reference {
		kind = transferReference
	}
	return e.longstr(e.octet(b, kind), name, body.Data)
}

func (d *decoder) content(b []byte, name string, v *TransferBody) []byte {
	var kind uint8
	rest := d.octet(b, name, &kind)
	if kind > transferReference {
		return d.fail(b, name, "begins with %d; it is %d for data, or %d for a reference", kind, transferInline, transferReference)
	}
	v.Reference = kind == transferReference
	return d.longstr(rest, name, &v.Data)
}

// String shows the data, or the name in brackets.
func (b TransferBody) String() string {
	if b.Reference {
		return "[" + b.Data + "]"
	}
	return fmt.Sprintf("%q", b.Data)
}
