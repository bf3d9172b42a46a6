package client

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"sync"
	"sync/atomic"
)

const (
	largestBuffer = 256 << 10 // octets that reading aims for under load
	largestFrame  = 16 << 20  // of methods and headers, which peers do not cut to frame-max
	directFrom    = 32 << 10  // octets of a frame that are read straight into the message
	betweenBodies = 512       // octets of the method and the header, and what is read with them
	calmReads     = 8         // small reads in a row until a buffer is halved
)

// reader is the one way into a connection. It parses frames in place, hands
// what came with one read over in one go, and never waits for the program,
// with two exceptions: see [reader.park] and [reader.giveTime].
type reader struct {
	conn  *Connection
	nc    net.Conn
	buf   []byte
	start int // of what is not parsed yet
	end   int // of what has been read
	calm  int // small reads in a row

	dec      decoder
	last     *Channel // the channel of the last frame
	rest     int      // octets of a body frame still to come, for last
	midFrame bool     // within a body frame: its end octet, at least, is to come
	large    bool     // the last body frame that did not come whole is one to read straight into its body

	touched []*consumer // that have got deliveries since the last hand-over

	received received // so far
	mu       sync.Mutex
	shown    received // under mu

	reads  atomic.Uint64 // how often octets came
	parked atomic.Bool   // waiting for a consumer to catch up
}

func newReader(conn *Connection, nc net.Conn) *reader {
	return &reader{conn: conn, nc: nc, buf: make([]byte, firstBuffer), dec: decoder{intern: newInterner()}}
}

// run reads until the connection ends, and returns why.
func (r *reader) run() error {
	for {
		if err := r.fill(); err != nil {
			return &TransportError{Stage: "read", Err: err}
		}
		err := r.parse()
		r.show()
		r.handOver()
		if err != nil {
			return err
		}
	}
}

// fill reads once, into the body of a message if nothing else can come.
func (r *reader) fill() error {
	if into := r.direct(); into != nil {
		n, err := r.nc.Read(into)
		r.last.in.filled(n)
		r.rest -= n
		if n > 0 {
			r.giveTime(r.last.in.stream)
		}
		return r.count(n, err)
	}
	r.makeRoom()
	space := r.buf[r.end:]
	if r.directSoon() {
		space = space[:min(len(space), r.rest+r.beforeNext())]
	}
	n, err := r.nc.Read(space)
	r.adapt(n)
	r.end += n
	return r.count(n, err)
}

func (r *reader) count(n int, err error) error {
	if n > 0 {
		r.reads.Add(1)
		r.received.octets += uint64(n)
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// direct returns the part of a body that the rest of its frame goes to, if
// that is long enough to be worth a read of its own. What comes over a channel that
// is being closed goes nowhere.
func (r *reader) direct() []byte {
	if r.start < r.end || r.rest < len(r.buf) && !(r.rest >= directFrom && r.last.in.warm) || r.last.closing.Load() {
		return nil
	}
	return r.last.in.room(r.rest)
}

// directSoon reports whether more can be read into a body soon: after what is left
// of a frame, or of a message that the next one may be like. No more than that is
// to be read into the buffer then.
func (r *reader) directSoon() bool {
	return r.large && r.start == r.end && r.last != nil && r.last.in.warm
}

// beforeNext is how many octets stand between a frame and the next part of a body,
// as a rule.
func (r *reader) beforeNext() int {
	if r.last.in.left > uint64(r.rest) {
		return frameOverhead
	}
	return betweenBodies
}

// makeRoom moves what is left to the front and grows the buffer if it is full.
func (r *reader) makeRoom() {
	if r.start > 0 {
		copy(r.buf, r.buf[r.start:r.end])
		r.end -= r.start
		r.start = 0
	}
	if r.end == len(r.buf) {
		r.resize(2 * len(r.buf))
	}
}

func (r *reader) resize(size int) {
	bigger := make([]byte, size)
	copy(bigger, r.buf[:r.end])
	r.buf = bigger
}

// adapt makes the buffer follow the traffic: twice as large when a read has
// filled it, half when many have filled little.
func (r *reader) adapt(n int) {
	space := len(r.buf) - r.end
	switch {
	case n == space && len(r.buf) < largestBuffer:
		r.end += n
		r.resize(2 * len(r.buf))
		r.end -= n
		r.calm = 0
	case n > len(r.buf)/8 || len(r.buf) <= firstBuffer:
		r.calm = 0
	default:
		if r.calm++; r.calm >= calmReads && r.end+n <= len(r.buf)/2 {
			r.end += n
			r.resize(len(r.buf) / 2)
			r.end -= n
			r.calm = 0
		}
	}
}

// parse takes the frames that are there whole, and of body frames what is
// there.
func (r *reader) parse() error {
	for r.start < r.end {
		if r.midFrame {
			done, err := r.middle()
			if err != nil || !done {
				return err
			}
			continue
		}
		left := r.buf[r.start:r.end]
		if len(left) < frameHeaderSize {
			return nil
		}
		h := parseFrameHeader(left)
		if most := r.limit(h); !h.ordinary(most) {
			if err := h.check(most); err != nil {
				return r.violation(h, MethodID{}, "", err)
			}
		}
		if len(left) < h.size+frameOverhead {
			if h.kind != FrameBody {
				return nil
			}
			if err := r.openBody(h); err != nil {
				return err
			}
			continue
		}
		payload := left[frameHeaderSize : frameHeaderSize+h.size]
		if end := left[frameHeaderSize+h.size]; end != FrameEnd {
			return r.violation(h, MethodID{}, fmt.Sprintf("ends with %#x where %#x is due", end, FrameEnd), nil)
		}
		r.start += h.size + frameOverhead
		if err := r.frame(h, payload); err != nil {
			return err
		}
	}
	return nil
}

// limit is the largest frame that is accepted. Peers hold to frame-max in
// body frames, give or take the octets around the payload. If there is none,
// the size of the message bounds them.
func (r *reader) limit(h frameHeader) int {
	switch {
	case h.kind != FrameBody:
		return largestFrame
	case r.conn.frameMax == 0:
		return math.MaxInt
	}
	return r.conn.frameMax + frameOverhead
}

// openBody begins a body frame that is not there whole.
func (r *reader) openBody(h frameHeader) error {
	c, err := r.channel(h)
	if err != nil {
		return err
	}
	if reason := c.in.expectBody(h.size); reason != "" && !c.closing.Load() {
		return r.violation(h, MethodID{}, reason, nil)
	}
	r.start += frameHeaderSize
	r.received.frames++
	r.rest, r.midFrame = h.size, true
	if h.size >= directFrom {
		r.large = true
	} else if uint64(h.size) < c.in.left {
		r.large = false
	}
	return nil
}

// middle goes on with such a frame, and reports whether it is complete.
func (r *reader) middle() (done bool, err error) {
	n := min(r.rest, r.end-r.start)
	if !r.last.closing.Load() {
		r.last.in.append(r.buf[r.start : r.start+n])
		r.giveTime(r.last.in.stream)
	}
	r.start += n
	r.rest -= n
	if r.rest > 0 || r.start == r.end {
		return false, nil
	}
	end := r.buf[r.start]
	r.start++
	r.midFrame = false
	if end != FrameEnd {
		h := frameHeader{kind: FrameBody, channel: r.last.id}
		return false, r.violation(h, MethodID{}, fmt.Sprintf("ends with %#x where %#x is due", end, FrameEnd), nil)
	}
	if r.last.closing.Load() {
		return true, nil
	}
	return true, r.last.bodyArrived()
}

// channel finds the channel of a frame. Only the reader removes channels, so
// that it may remember the last one.
func (r *reader) channel(h frameHeader) (*Channel, error) {
	if r.last != nil && r.last.id == h.channel && !r.last.released {
		return r.last, nil
	}
	return r.otherChannel(h)
}

func (r *reader) otherChannel(h frameHeader) (*Channel, error) {
	c := r.conn.lookup(h.channel)
	if c == nil {
		return nil, r.violation(h, MethodID{}, "no such channel is open", nil)
	}
	r.last = c
	return c, nil
}

func (r *reader) frame(h frameHeader, payload []byte) error {
	r.received.frames++
	switch {
	case h.kind == FrameHeartbeat:
		return nil
	case h.channel == 0:
		return r.connectionFrame(h, payload)
	}
	c, err := r.channel(h)
	if err != nil {
		return err
	}
	switch {
	case h.kind == FrameMethod:
		err = r.method(c, payload)
	case c.closing.Load(): // content is not looked at any more
	case h.kind == FrameHeader:
		err = r.header(c, payload)
	default:
		err = r.body(c, payload)
	}
	if err == nil {
		return nil
	}
	return r.explain(h, payload, err)
}

// explain makes a decoder's error one of the peer; others pass.
func (r *reader) explain(h frameHeader, payload []byte, err error) error {
	var decode *DecodeError
	if errors.As(err, &decode) {
		return r.violation(h, r.methodOf(h, payload), "", decode)
	}
	var rule ruleError
	if errors.As(err, &rule) {
		return r.violation(h, r.methodOf(h, payload), string(rule), nil)
	}
	return err
}

func (r *reader) methodOf(h frameHeader, payload []byte) MethodID {
	if h.kind != FrameMethod || len(payload) < 4 {
		return MethodID{}
	}
	return methodIDOf(payload)
}

// ruleError is a rule that a frame broke; the reader adds which frame.
type ruleError string

func (e ruleError) Error() string { return string(e) }

func (r *reader) violation(h frameHeader, id MethodID, reason string, err *DecodeError) error {
	v := &ProtocolError{Frame: FrameInfo{Type: h.kind, Channel: h.channel, Method: id}, Reason: reason}
	if err != nil {
		v.Err = err
	}
	return v
}

func methodIDOf(payload []byte) MethodID {
	d := decoder{size: len(payload)}
	id, _ := d.numbers(payload)
	return id
}

// decoder readies the reader's decoder for a payload.
func (r *reader) decoder(payload []byte) *decoder {
	d := &r.dec
	d.size, d.err, d.class = len(payload), nil, ""
	return d
}

const errUnknownMethod = ruleError("AMQP " + specName + " has no such method")

// begin decodes a method's numbers, and returns what follows them.
func (r *reader) begin(payload []byte) (d *decoder, rest []byte, err error) {
	d = r.decoder(payload)
	d.id = MethodID{}
	id, rest := d.numbers(payload)
	if d.err != nil {
		return nil, nil, d.err
	}
	d.id = id
	return d, rest, nil
}

func (r *reader) connectionFrame(h frameHeader, payload []byte) error {
	if h.kind != FrameMethod {
		return r.violation(h, MethodID{}, "content on channel 0", nil)
	}
	d, b, err := r.begin(payload)
	if err != nil {
		return r.explain(h, payload, err)
	}
	known, err := r.conn.dispatch(d.id.key(), b, d)
	switch {
	case !known && methodName(d.id) == "":
		return r.explain(h, payload, errUnknownMethod)
	case !known && !r.conn.isClosing():
		return r.violation(h, d.id, "not expected on an open connection", nil)
	}
	return r.explain(h, payload, err)
}

func (r *reader) method(c *Channel, payload []byte) error {
	if c.deliversAgain(payload) {
		return nil
	}
	d, b, err := r.begin(payload)
	if err != nil {
		return err
	}
	return c.methodArrived(b, d)
}

func (r *reader) header(c *Channel, payload []byte) error {
	d := r.decoder(payload)
	d.class = "header"
	return c.headerArrived(payload, d)
}

func (r *reader) body(c *Channel, payload []byte) error {
	if reason := c.in.expectBody(len(payload)); reason != "" {
		return ruleError(reason)
	}
	c.in.append(payload)
	r.giveTime(c.in.stream)
	return c.bodyArrived()
}

// handOver gives the deliveries since the last one to their consumers.
func (r *reader) handOver() {
	for i, c := range r.touched {
		c.accept(r)
		r.touched[i] = nil
	}
	r.touched = r.touched[:0]
}
