package client

import (
	"bytes"
	"fmt"
)

// inbound is the content that a channel is receiving. The reader owns it.
type inbound struct {
	state inState
	kind  inKind

	deliver    BasicDeliver // of inDelivery
	delivered  repetition   // the last of these
	consumer   *consumer    // whose it is
	envelope   envelope     // of this delivery, and of all since edition changed
	edition    uint64       // counts the envelopes that differ from the one before
	properties []byte       // of envelope, as they came

	slot   *slot  // of inReply
	method Method // of inReply and inOther
	class  uint16 // of the properties that are due
	other  Properties

	header []byte // of inReturn, from its flags on
	octets int    // of the payloads of the method and the header
	body   []byte
	warm   bool        // much of the body is to come, into memory that has been used before
	stream *bodyStream // instead of body
	left   uint64      // octets of the body still to come
}

type inState uint8

const (
	inNothing inState = iota
	inHeader          // a content header is due
	inBody            // body frames are due
	inUnknown         // the content of an unknown method may come
)

type inKind uint8

const (
	inDelivery inKind = iota
	inReply
	inReturn
	inOther
)

// expect readies for the content of a method of the class.
func (in *inbound) expect(kind inKind, class uint16) {
	in.state, in.kind, in.class = inHeader, kind, class
}

// deliveryTo readies for the content of a delivery.
func (in *inbound) deliveryTo(c *consumer, m *BasicDeliver) {
	in.consumer = c
	if e := &in.envelope; e.exchange != m.Exchange || e.routingKey != m.RoutingKey {
		e.exchange, e.routingKey = m.Exchange, m.RoutingKey
		in.edition++
	}
	in.expect(inDelivery, ClassBasic)
}

// seal completes the envelope of a delivery with its properties. They are decoded
// only if they differ from the last ones.
func (in *inbound) seal(b []byte, d *decoder) (rest []byte) {
	if len(in.properties) > 0 && bytes.Equal(b, in.properties) {
		return nil
	}
	in.edition++
	rest = in.envelope.properties.decode(b, d)
	if in.properties = append(in.properties[:0], b...); len(b) > firstBuffer {
		in.properties = nil // not worth remembering
	}
	return rest
}

// skip readies for what may follow an unknown method, unless content is due.
func (in *inbound) skip() bool {
	ok := in.state == inNothing || in.state == inUnknown
	if ok {
		in.state = inUnknown
	}
	return ok
}

// expectBody checks that a body frame may come, and returns what is wrong.
func (in *inbound) expectBody(size int) string {
	switch {
	case in.state == inUnknown:
		return ""
	case in.state != inBody:
		return "a body frame where none is due"
	case uint64(size) > in.left:
		return fmt.Sprintf("a body frame of %d octets where %d are left of the body", size, in.left)
	}
	return ""
}

// bodyPerOctet bounds what is allocated for a body before it is there, by
// the octets of it that are.
const bodyPerOctet = 64

// append takes octets of the body. A body of one frame gets just the memory
// that it needs; a longer one no more than what has come vouches for.
func (in *inbound) append(octets []byte) {
	if len(octets) == 0 || in.state == inUnknown {
		return
	}
	if in.stream != nil {
		in.stream.write(octets)
		in.left -= uint64(len(octets))
		return
	}
	if in.body == nil && uint64(len(octets)) == in.left {
		body := make([]byte, len(octets)) // and at once, to a variable, so that the memory is not cleared first
		copy(body, octets)
		in.body, in.left = body, 0
		return
	}
	in.grow(len(octets))
	in.body = append(in.body, octets...)
	in.left -= uint64(len(octets))
}

func (in *inbound) grow(n int) {
	if cap(in.body)-len(in.body) >= n {
		return
	}
	have := uint64(len(in.body) + n)
	size := min(uint64(len(in.body))+in.left, have*bodyPerOctet)
	bigger := make([]byte, len(in.body), size)
	copy(bigger, in.body)
	in.body = bigger
}

// room returns up to n octets of memory behind the body so far, or for the next
// part of a streamed one, for the reader to read into; filled says how many it did.
func (in *inbound) room(n int) []byte {
	if in.state != inBody {
		return nil
	}
	if in.stream != nil {
		return in.consumer.room(in.stream, n)
	}
	space := in.body[len(in.body):cap(in.body)]
	if len(space) == 0 {
		return nil
	}
	return space[:min(n, len(space))]
}

func (in *inbound) filled(n int) {
	in.left -= uint64(n)
	if in.stream != nil {
		in.consumer.filled(in.stream, n)
		return
	}
	in.body = in.body[:len(in.body)+n]
}

// methodArrived takes a method from the server.
func (c *Channel) methodArrived(b []byte, d *decoder) error {
	k := d.id.key()
	if c.closing.Load() {
		return c.closingMethod(k, b, d)
	}
	if c.in.state != inNothing {
		if c.in.state != inUnknown {
			return c.methodTooSoon(d.id)
		}
		c.in.state = inNothing
	}
	c.in.octets = d.size
	known, err := c.dispatch(k, b, d)
	if known {
		return err
	}
	return c.methodCame(k, b, d)
}

// methodTooSoon says what is wrong with a method where content is due.
func (c *Channel) methodTooSoon(id MethodID) error {
	if methodName(id) == "" {
		return errUnknownMethod
	}
	return ruleError("a method where content is due")
}

// methodCame takes a method that the runtime has no code of its own for.
func (c *Channel) methodCame(k methodKey, b []byte, d *decoder) error {
	m := newReceived(d.id)
	if m == nil {
		if methodName(d.id) != "" {
			return ruleError("a method that servers do not send")
		}
		if c.conn.config.TolerateUnknown && c.in.skip() {
			return nil
		}
		return errUnknownMethod
	}
	if err := d.end(m.decode(b, d)); err != nil {
		return err
	}
	if s := c.slotFor(k); s != nil {
		return c.replyArrived(s, m)
	}
	if c.events == nil || c.events.OnOther == nil {
		return ruleError("nothing was asked that this answers, and the program has no OnOther")
	}
	if hasContent(d.id) {
		c.in.method = m
		c.in.expect(inOther, d.id.Class)
		return nil
	}
	c.emit(event{method: m})
	return nil
}

// replyArrived answers a request, at once or when its content is there.
func (c *Channel) replyArrived(s *slot, m Method) error {
	if !hasContent(m.ID()) {
		c.answer(s, m, Content{})
		return nil
	}
	if got, ok := m.(*BasicGetOK); ok && toBeSettled(s) {
		c.arrives(got.DeliveryTag)
		c.tallyArrived()
	}
	c.in.slot, c.in.method = s, m
	c.in.expect(inReply, m.ID().Class)
	return nil
}

// headerArrived takes the content header that is due.
func (c *Channel) headerArrived(b []byte, d *decoder) error {
	in := &c.in
	if in.state == inUnknown {
		return nil
	}
	if in.state != inHeader {
		return ruleError("a content header where none is due")
	}
	class, size, rest := d.contentHeader(b)
	if d.err == nil && class != in.class {
		d.fail(b, "class-id", "is %d where content of class %d is due", class, in.class)
	}
	if d.err != nil {
		return d.err
	}
	if in.kind == inReturn {
		in.header = append(in.header[:0], rest...)
	}
	if in.kind == inDelivery {
		rest = in.seal(rest, d)
	} else {
		in.other = newProperties(class)
		rest = in.other.decode(rest, d)
	}
	if err := d.end(rest); err != nil {
		return err
	}
	if in.kind == inDelivery && in.consumer.streams(size) {
		in.octets += d.size
		c.startStream(size)
		return nil
	}
	if most := uint64(c.conn.config.MaxMessage); size > most {
		c.giveUp(&OverflowError{What: "a message's octets", Limit: int(most), Remedy: "set a larger Config.MaxMessage, or ConsumeOptions.Stream"})
		return nil
	}
	in.octets += d.size
	in.state, in.body, in.left = inBody, nil, size
	if in.borrows() {
		in.body = in.borrowed(size)
	}
	in.warm = in.body != nil && size > largestBlock
	return c.bodyArrived()
}

// bodyArrived passes the content on once it is complete.
func (c *Channel) bodyArrived() error {
	in := &c.in
	if in.state != inBody || in.left > 0 {
		return nil
	}
	in.state = inNothing
	if in.stream != nil { // it was delivered when it began
		in.stream = nil
		return nil
	}
	body := in.body
	in.body = nil
	var err error
	switch in.kind {
	case inDelivery:
		c.deliver(body)
	case inReply:
		c.answer(in.slot, in.method, Content{in.other, body})
	case inReturn:
		err = c.returnArrived(in.method.(*BasicReturn), Content{in.other, body})
	default:
		c.emit(event{method: in.method, content: Content{in.other, body}})
	}
	in.slot, in.method, in.other = nil, nil, nil
	return err
}
