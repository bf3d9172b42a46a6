package client

// encodable is a method or anything else that encodes itself.
type encodable interface {
	encode(*encoder)
}

// openFrame appends a frame's header; closeFrame fills in its size.
func (w *writer) openFrame(kind byte, channel uint16) (start int) {
	w.enc.buf = appendFrameHeader(w.enc.buf, kind, channel, 0)
	return len(w.enc.buf)
}

func (w *writer) closeFrame(start int) {
	size := len(w.enc.buf) - start
	if size+frameOverhead > w.frameMax {
		w.enc.fail("size", "makes a frame of %d octets; the connection's limit is %d", size+frameOverhead, w.frameMax)
		return
	}
	b := w.enc.buf[start-4 : start]
	b[0], b[1], b[2], b[3] = byte(size>>24), byte(size>>16), byte(size>>8), byte(size)
	w.enc.buf = append(w.enc.buf, FrameEnd)
	w.sent.frames++
}

// method appends a method frame.
func (w *writer) method(channel uint16, m encodable) {
	start := w.openFrame(FrameMethod, channel)
	m.encode(&w.enc)
	w.closeFrame(start)
}

// body appends the frames of a body, cut to the frame size. A large body is
// lent, not copied.
func (w *writer) body(channel uint16, body []byte) (lent bool) {
	lent = len(body) > borrowedFrom
	for len(body) > 0 {
		part := body[:min(w.frameMax-frameOverhead, len(body))]
		body = body[len(part):]
		w.enc.buf = appendFrameHeader(w.enc.buf, FrameBody, channel, len(part))
		if lent {
			w.loans = append(w.loans, loan{at: len(w.enc.buf), body: part})
			w.borrowed += len(part)
		} else {
			w.enc.buf = append(w.enc.buf, part...)
		}
		w.enc.buf = append(w.enc.buf, FrameEnd)
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
	frame := w.openFrame(FrameMethod, channel)
	m.encode(&w.enc)
	w.closeFrame(frame)
	frame = w.openFrame(FrameHeader, channel)
	w.enc.contentHeader(ClassBasic, size)
	flags := len(w.enc.buf)
	properties.encode(&w.enc)
	header := span{flags, len(w.enc.buf)}
	w.closeFrame(frame)
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
	start := w.openFrame(FrameHeader, channel)
	w.enc.contentHeader(class, uint64(len(content.Body)))
	properties.encode(&w.enc)
	w.closeFrame(start)
	return w.body(channel, content.Body)
}
