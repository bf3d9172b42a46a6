package client

import (
	"context"
	"math"
	"net"
	"sync"
	"time"
)

const (
	firstBuffer  = 4 << 10   // octets of a buffer when new, or after idling
	maxQueued    = 256 << 10 // octets queued at which senders wait
	mostOwed     = 64 << 20  // octets of answers queued at which the server is given up
	borrowedFrom = 64 << 10  // bodies above this size are not copied
)

// writer is the one way out of a connection. Senders encode straight into its
// queue, a whole message under one hold of the lock; a goroutine of its own
// takes all that has gathered and writes it in one go, while the next batch
// gathers in the other buffer. So a lone message leaves at once, and a thousand
// leave together.
type writer struct {
	nc net.Conn

	mu       sync.Mutex
	ready    sync.Cond // the flusher has work, or is to end
	asleep   bool      // the flusher waits on ready
	enc      encoder   // enc.buf holds what is queued
	spare    []byte    // the buffer that the flusher is done with
	loans    []loan    // bodies to go between the octets of enc.buf
	borrowed int       // octets of loans
	owed     int       // octets of enc.buf that the runtime itself sends
	frameMax int       // always a limit, lest a frame's size overflow

	accepted uint64        // octets queued since the start
	written  uint64        // octets that the kernel has taken
	progress chan struct{} // closed when the flusher gets on; nil while nobody waits
	broken   error         // why nothing can be written any more; the reader finds out more
	err      error         // why nothing can be queued any more
	ending   bool          // write what is queued, then end
	ended    bool          // the flusher has returned and holds no loan
	hurried  bool          // a write deadline was set to break a write
}

// loan is a sender's body, to be written after the first at octets of the
// queue. The sender waits until the flusher has let go of it.
type loan struct {
	at   int
	body []byte
}

func newWriter(nc net.Conn) *writer {
	w := &writer{nc: nc, enc: encoder{buf: make([]byte, 0, firstBuffer)}, frameMax: math.MaxInt32}
	w.ready.L = &w.mu
	return w
}

func (w *writer) queued() int { return len(w.enc.buf) + w.borrowed }

// begin waits until a message of the channel may be queued, and returns with
// the lock held. content is false for what flow control lets pass. After a
// broken write it waits for the reader, who may find that the server said why.
func (w *writer) begin(ctx context.Context, c *Channel, content bool) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	w.mu.Lock()
	for {
		switch {
		case c.sealed != nil:
			err := c.sealed
			w.mu.Unlock()
			return err
		case w.err != nil:
			err := w.err
			w.mu.Unlock()
			return err
		case w.broken == nil && w.queued() < maxQueued && !(content && c.paused):
			return nil
		}
		if err := w.await(ctx); err != nil {
			w.mu.Unlock()
			return err
		}
	}
}

// await gives the lock up until the flusher gets on or ctx ends, and takes it
// again.
func (w *writer) await(ctx context.Context) error {
	if w.progress == nil {
		w.progress = make(chan struct{})
	}
	progress := w.progress
	w.mu.Unlock()
	defer w.mu.Lock()
	select {
	case <-progress:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// notify wakes all who await progress. The lock is held.
func (w *writer) notify() {
	if w.progress != nil {
		close(w.progress)
		w.progress = nil
	}
}

// mark is a place in the queue to cut back to.
type mark struct {
	size, loans, borrowed int
}

func (w *writer) mark() mark { return mark{len(w.enc.buf), len(w.loans), w.borrowed} }

// abandon takes back what was encoded since the mark, and gives up the lock.
func (w *writer) abandon(m mark) {
	w.enc.buf = w.enc.buf[:m.size]
	w.loans = w.loans[:m.loans]
	w.borrowed = m.borrowed
	w.enc.err = nil
	w.mu.Unlock()
}

// commit leaves what was encoded since the mark to the flusher, and gives up
// the lock. It returns the count of octets at which the kernel has it all.
func (w *writer) commit(m mark) uint64 {
	w.accepted += uint64(len(w.enc.buf) - m.size + w.borrowed - m.borrowed)
	end := w.accepted
	wake := w.asleep
	w.asleep = false
	w.mu.Unlock()
	if wake {
		w.ready.Signal()
	}
	return end
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
func (w *writer) method(channel uint16, m interface{ encode(*encoder) }) {
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

// control queues a method that the runtime itself sends. It never waits, so
// that the reader may call it; then runs under the same hold of the lock.
func (w *writer) control(channel uint16, m interface{ encode(*encoder) }, then func()) {
	w.mu.Lock()
	w.controlLocked(channel, m, then)
}

// control is that of the writer for what means nothing on a channel that is
// closed, or something else: its number may be another channel's by then.
func (c *Channel) control(m interface{ encode(*encoder) }, then func()) {
	w := c.conn.w
	w.mu.Lock()
	if c.sealed != nil {
		w.mu.Unlock()
		return
	}
	w.controlLocked(c.id, m, then)
}

// controlLocked does it with the lock held, and gives it up.
func (w *writer) controlLocked(channel uint16, m interface{ encode(*encoder) }, then func()) {
	if then != nil {
		then()
	}
	start := w.mark()
	if w.owed > mostOwed && w.broken == nil {
		w.broken = &OverflowError{What: "octets of answers that the server does not read", Limit: mostOwed}
		cut(w.nc)
	}
	if w.err != nil || w.broken != nil {
		w.abandon(start)
		return
	}
	w.method(channel, m)
	if w.enc.err != nil {
		w.abandon(start)
		return
	}
	w.owed += len(w.enc.buf) - start.size
	w.commit(start)
}

// heartbeat queues a heartbeat frame unless something is queued anyway.
func (w *writer) heartbeat() {
	w.mu.Lock()
	start := w.mark()
	if w.err == nil && w.broken == nil && w.queued() == 0 {
		w.enc.buf = append(appendFrameHeader(w.enc.buf, FrameHeartbeat, 0, 0), FrameEnd)
	}
	w.commit(start)
}

// octets returns how many have been queued so far.
func (w *writer) octets() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.accepted
}

// trim gives large buffers back if nothing is on its way.
func (w *writer) trim() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.asleep && len(w.enc.buf) == 0 && cap(w.enc.buf)+cap(w.spare) > 2*firstBuffer {
		w.enc.buf, w.spare = make([]byte, 0, firstBuffer), nil
	}
}

// flushed waits until the kernel has taken the octets up to end.
func (w *writer) flushed(ctx context.Context, end uint64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.written < end {
		if w.ended && w.err != nil {
			return w.err
		}
		if err := w.await(ctx); err != nil {
			return err
		}
	}
	return nil
}

// returned waits until the flusher has let go of a lent body. If ctx ends
// first, a body that still waits is copied; a write that holds it is broken,
// and with it the connection.
func (w *writer) returned(ctx context.Context, body []byte, end uint64) error {
	err := w.flushed(ctx, end)
	if err == nil || ctx.Err() == nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.written >= end {
		return nil
	}
	if w.keep(body) {
		return err
	}
	w.hurried = true
	w.nc.SetWriteDeadline(time.Unix(1, 0))
	for w.written < end && !w.ended {
		w.await(context.Background())
	}
	return err
}

// keep copies a lent body that is still queued, and reports whether it is.
func (w *writer) keep(body []byte) bool {
	found := false
	for i, l := range w.loans {
		if sameArray(l.body, body) {
			w.loans[i].body = append([]byte(nil), l.body...)
			found = true
		}
	}
	return found
}

// sameArray reports whether two slices that are not empty end at the same
// place when stretched to their capacity, as slices of one array do.
func sameArray(a, b []byte) bool {
	a, b = a[:cap(a)], b[:cap(b)]
	return &a[len(a)-1] == &b[len(b)-1]
}

// stop lets nothing more be queued, for the reason given; the first one stays.
func (w *writer) stop(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
	w.notify()
}

// finish ends the flusher once it has written what is queued, two seconds
// later at most.
func (w *writer) finish() {
	w.mu.Lock()
	w.ending = true
	w.nc.SetWriteDeadline(time.Now().Add(closeWait))
	w.mu.Unlock()
	w.ready.Signal()
}

// run is the flusher. It returns nil after finish, else what broke the write.
func (w *writer) run() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer func() {
		w.ended = true
		w.notify()
	}()
	for {
		for w.queued() == 0 && !w.ending {
			w.asleep = true
			w.ready.Wait()
		}
		w.asleep = false
		if w.queued() == 0 {
			return nil
		}
		if err := w.flush(); err != nil {
			return err
		}
	}
}

// flush writes what is queued, the lock given up meanwhile.
func (w *writer) flush() error {
	buf, loans, end := w.enc.buf, w.loans, w.accepted
	w.enc.buf, w.loans, w.borrowed, w.owed = w.spare[:0], nil, 0, 0
	w.spare = nil
	w.notify()
	w.mu.Unlock()
	err := write(w.nc, buf, loans)
	w.mu.Lock()
	if err != nil {
		if w.broken == nil {
			w.broken = &TransportError{Stage: "write", Err: err}
		}
		return w.broken
	}
	if w.hurried && !w.ending {
		w.hurried = false
		w.nc.SetWriteDeadline(time.Time{})
	}
	w.written = end
	w.spare = buf
	w.notify()
	return nil
}

// write sends a queue with its loans.
func write(nc net.Conn, buf []byte, loans []loan) error {
	if len(loans) == 0 {
		_, err := nc.Write(buf)
		return err
	}
	pieces := make(net.Buffers, 0, 2*len(loans)+1)
	from := 0
	for _, l := range loans {
		pieces = append(pieces, buf[from:l.at], l.body)
		from = l.at
	}
	pieces = append(pieces, buf[from:])
	_, err := pieces.WriteTo(nc)
	return err
}
