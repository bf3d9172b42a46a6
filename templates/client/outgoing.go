package client

import "encoding/binary"

// encodable is a method or anything else that encodes itself.
type encodable interface {
	encode(b []byte, e *encoder) []byte
}

// openFrame appends a frame's header, and returns where the payload starts;
// closeFrame fills in its size.
func openFrame(b []byte, kind byte, channel uint16) (frame []byte, start int) {
	b = appendFrameHeader(b, kind, channel, 0)
	return b, len(b)
}

func closeFrame(b []byte, start int) []byte {
	binary.BigEndian.PutUint32(b[start-4:], uint32(len(b)-start))
	return append(b, FrameEnd)
}

// count counts a frame, and holds the size of its payload to the limit.
func (w *writer) count(size int) {
	w.sent.frames++
	if size > w.frameMax-frameOverhead {
		w.tooLarge(size)
	}
}

// tooLarge stands apart for the sake of inlining.
//
//go:noinline
func (w *writer) tooLarge(size int) {
	w.enc.fail("size", "makes a frame of %d octets; the connection's limit is %d", size+frameOverhead, w.frameMax)
}

// method appends a method frame.
func (w *writer) method(channel uint16, m encodable) {
	b, start := openFrame(w.buf, FrameMethod, channel)
	b = m.encode(b, &w.enc)
	w.count(len(b) - start)
	w.buf = closeFrame(b, start)
}

// ack is method without the allocation of an interface.
func (w *writer) ack(channel uint16, m BasicAck) {
	b, start := openFrame(w.buf, FrameMethod, channel)
	b = m.encode(b, &w.enc)
	w.count(len(b) - start)
	w.buf = closeFrame(b, start)
}

// body appends the frames of a body, cut to the frame size. A large body is
// lent, not copied.
func (w *writer) body(channel uint16, body []byte) (lent bool) {
	lent = len(body) > borrowedFrom
	for len(body) > 0 {
		part := body[:min(w.frameMax-frameOverhead, len(body))]
		body = body[len(part):]
		b := appendFrameHeader(w.buf, FrameBody, channel, len(part))
		if lent {
			w.loans = append(w.loans, loan{at: len(b), body: part})
			w.borrowed += len(part)
		} else {
			b = append(b, part...)
		}
		w.buf = append(b, FrameEnd)
		w.sent.frames++
	}
	return lent
}

// span is a part of the queue.
type span struct{ from, to int }

func (s span) of(queue []byte) []byte { return queue[s.from:s.to] }

// head appends the method and the header of a message of class basic. It
// returns where the content header stands, from its flags on.
func (w *writer) head(channel uint16, m *BasicPublish, properties *BasicProperties, size uint64) span {
	b, start := openFrame(w.buf, FrameMethod, channel)
	b = m.encode(b, &w.enc)
	w.count(len(b) - start)
	b = closeFrame(b, start)
	b, start = openFrame(b, FrameHeader, channel)
	b = w.enc.contentHeader(b, ClassBasic, size)
	flags := len(b)
	b = properties.encode(b, &w.enc)
	header := span{flags, len(b)}
	w.count(len(b) - start)
	w.buf = closeFrame(b, start)
	return header
}

// content appends a header frame and body frames.
func (w *writer) content(channel, class uint16, content Content) (lent bool) {
	properties := content.Properties
	if properties == nil {
		properties = newProperties(class)
	}
	if properties.ClassID() != class {
		w.enc.fail("properties", "are of class %s", className(properties.ClassID()))
		return false
	}
	b, start := openFrame(w.buf, FrameHeader, channel)
	b = w.enc.contentHeader(b, class, uint64(len(content.Body)))
	b = properties.encode(b, &w.enc)
	w.count(len(b) - start)
	w.buf = closeFrame(b, start)
	return w.body(channel, content.Body)
}
