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
	}
	return lent
}

// message appends a message of class basic. It returns the content header from
// its flags on.
func (w *writer) message(channel uint16, m *BasicPublish, properties *BasicProperties, body []byte) (header []byte, lent bool) {
	frame := w.openFrame(FrameMethod, channel)
	m.encode(&w.enc)
	w.closeFrame(frame)
	frame = w.openFrame(FrameHeader, channel)
	w.enc.contentHeader(ClassBasic, uint64(len(body)))
	flags := len(w.enc.buf)
	properties.encode(&w.enc)
	end := len(w.enc.buf)
	w.closeFrame(frame)
	lent = w.body(channel, body)
	return w.enc.buf[flags:end], lent
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
