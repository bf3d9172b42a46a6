package client

import "strconv"

// MethodID numbers a method: its class, and the method within the class.
type MethodID struct{ Class, Method uint16 }

// String gives the method's name, such as queue.declare, or its numbers if
// the specification has no such method.
func (id MethodID) String() string {
	if name := methodName(id); name != "" {
		return name
	}
	return strconv.Itoa(int(id.Class)) + "." + strconv.Itoa(int(id.Method))
}

// HasContent reports whether a content header and body follow the method.
func (id MethodID) HasContent() bool { return hasContent(id) }

// Method is one message of the protocol. The pointer to each generated method
// struct implements it, for both directions; all but UnmarshalBinary work on
// the struct itself too.
type Method interface {
	// ID returns the numbers that stand first in the payload.
	ID() MethodID
	// AppendBinary appends the payload of a method frame: class id, method id,
	// arguments. It fails with a *UsageError, and leaves b as it was, if a value
	// does not fit the wire.
	AppendBinary(b []byte) ([]byte, error)
	// UnmarshalBinary decodes the same payload, whole: octets left over are an
	// error, like any other malformation a *DecodeError. It keeps nothing of b.
	// After an error the fields are not to be relied on.
	UnmarshalBinary(b []byte) error
	// String gives the method's name and arguments, secrets left out.
	String() string
}

// DecodeMethod decodes the payload of any method frame. A malformation, or a
// method that the specification does not have, is a *DecodeError.
func DecodeMethod(payload []byte) (Method, error) {
	d := decoder{size: len(payload)}
	id, _ := d.numbers(payload)
	m := NewMethod(id)
	if d.err == nil && m == nil {
		d.id = id
		d.fail(payload, "", "AMQP %s has no such method", specName)
	}
	if d.err != nil {
		return nil, d.err
	}
	if err := m.UnmarshalBinary(payload); err != nil {
		return nil, err
	}
	return m, nil
}

// decodable is a method that servers send.
type decodable interface {
	Method
	decode(b []byte, d *decoder) []byte
}

// Request is a method that a client may send and that R answers: the struct of
// its reply, a sealed interface where there are several, or [NoReply]. Request
// carries no content, nor does any of its replies; see [ContentRequest].
type Request[R any] interface {
	request
	repliedBy(R)
}

// ContentRequest is a [Request] that carries content or whose reply may.
type ContentRequest[R any] interface {
	request
	contentRepliedBy(R)
}

// request is what the runtime needs of a method to send it.
type request interface {
	ID() MethodID
	encode(b []byte, e *encoder) []byte
}

// NoReply is the answer to a request that has none.
type NoReply struct{}

// appendMethod is AppendBinary for every method.
func appendMethod(b []byte, m encodable) ([]byte, error) {
	e, size := encoder{}, len(b)
	b = m.encode(b, &e)
	return e.result(b, size)
}

// unmarshalMethod is UnmarshalBinary for every method.
func unmarshalMethod(b []byte, m decodable) error {
	d := decoder{size: len(b), id: m.ID()}
	b = d.method(b)
	b = m.decode(b, &d)
	return d.end(b)
}
