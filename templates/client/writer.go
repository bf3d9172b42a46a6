package client

import (
	"context"
	"fmt"
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
	turns    turns
	lone     lone
	buf      []byte // what is queued
	enc      encoder
	spare    []byte // the buffer that the flusher is done with
	loans    []loan // bodies to go between the octets of buf
	borrowed int    // octets of loans
	owed     int    // octets of buf that the runtime itself sends
	frameMax int    // always a limit, lest a frame's size overflow

	accepted uint64 // octets queued since the start
	written  uint64 // octets that the kernel has taken
	sent     sent
	blocked  string        // why the server reads no content now: connection.blocked, where the spec has it
	progress chan struct{} // closed when the flusher gets on; nil while nobody waits
	broken   error         // why nothing can be written any more; the reader finds out more
	err      error         // why nothing can be queued any more
	ending   bool          // write what is queued, then end
	ended    bool          // the flusher has returned and holds no loan
	hurried  bool          // a write deadline was set to break a write
}

func newWriter(nc net.Conn) *writer {
	w := &writer{nc: nc, lone: newLone(nc), buf: make([]byte, 0, firstBuffer), frameMax: math.MaxInt32}
	w.ready.L = &w.mu
	w.turns.next = make(chan struct{}, 1)
	return w
}

func (w *writer) queued() int { return len(w.buf) + w.borrowed }

// beginLock waits until a message of the channel may be queued, and returns with
// the lock held. content is false for what flow control lets pass. After a
// broken write it waits for the reader, who may find that the server said why.
func (w *writer) beginLock(ctx context.Context, c *Channel, content bool) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if !w.mu.TryLock() {
		if err := w.lockInTurn(ctx); err != nil {
			return err
		}
	}
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
		case w.broken == nil && c.posting == nil && w.queued() < maxQueued && !(content && w.held(c)):
			return nil
		}
		if err := w.await(ctx); err != nil {
			w.mu.Unlock()
			return err
		}
	}
}

// held reports whether content of the channel has to wait for the server.
func (w *writer) held(c *Channel) bool { return w.blocked != "" || c.paused || c.ledger.full() }

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
	frames                uint64
}

func (w *writer) mark() mark {
	return mark{len(w.buf), len(w.loans), w.borrowed, w.sent.frames}
}

// abandonUnlock takes back what was encoded since the mark, and gives up the lock.
func (w *writer) abandonUnlock(m mark) {
	w.buf = w.buf[:m.size]
	w.loans = w.loans[:m.loans]
	w.borrowed = m.borrowed
	w.sent.frames = m.frames
	w.enc.err = nil
	w.mu.Unlock()
}

// commit leaves what was encoded since the mark to the flusher, for who has more
// to do under the lock.
func (w *writer) commit(m mark) {
	w.accepted += uint64(len(w.buf) - m.size + w.borrowed - m.borrowed)
	if w.turns.idle.Load() && !w.ended {
		w.turns.idle.Store(false)
		w.ready.Signal()
	}
}

// commitUnlock leaves what was encoded since the mark to the flusher, and gives up
// the lock. It returns the count of octets at which the kernel has it all.
func (w *writer) commitUnlock(m mark) uint64 {
	w.accepted += uint64(len(w.buf) - m.size + w.borrowed - m.borrowed)
	end := w.accepted
	needed := w.turns.idle.Load() && !w.ended && !w.writeLone()
	if needed {
		w.turns.idle.Store(false)
	}
	w.mu.Unlock()
	if needed {
		w.ready.Signal() // not under the lock, which is the first thing that the flusher wants
	}
	return end
}

// control queues a method that the runtime itself sends. It never waits, so
// that the reader may call it; then runs under the same hold of the lock. Nothing
// is sent on a channel that is closed: its number may be another channel's by then.
func (c *Channel) control(m encodable, then func()) {
	c.conn.w.mu.Lock()
	if c.sealed != nil {
		c.conn.w.mu.Unlock()
		return
	}
	c.acksBefore(m)
	c.follow(m)
	c.controlUnlock(m, then)
}

// controlUnlock does it with the lock held, and gives it up. Behind a message
// that is half queued the method has to wait; then it reports so.
func (c *Channel) controlUnlock(m encodable, then func()) (later bool) {
	if then != nil {
		then()
	}
	w := c.conn.w
	start := w.mark()
	if w.owed+c.posting.owed() > mostOwed && w.broken == nil {
		w.broken = &OverflowError{What: "octets of answers that the server does not read", Limit: mostOwed}
		cut(w.nc)
	}
	if w.err != nil || w.broken != nil {
		w.abandonUnlock(start)
		return false
	}
	w.method(c.id, m)
	frame := w.buf[start.size:]
	switch {
	case w.enc.err != nil:
		w.abandonUnlock(start)
	case c.posting != nil:
		c.posting.later = append(c.posting.later, frame...)
		w.buf = w.buf[:start.size]
		w.mu.Unlock()
		return true
	default:
		w.owed += len(frame)
		w.commit(start) // the flusher writes it: the reader does not
		w.mu.Unlock()
	}
	return false
}

// heartbeat queues a heartbeat frame unless something is queued anyway.
func (w *writer) heartbeat() {
	w.mu.Lock()
	start := w.mark()
	if w.err == nil && w.broken == nil && w.queued() == 0 {
		w.buf = append(appendFrameHeader(w.buf, FrameHeartbeat, 0, 0), FrameEnd)
		w.sent.frames++
	}
	w.commitUnlock(start)
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
	if w.turns.idle.Load() && len(w.buf) == 0 && cap(w.buf)+cap(w.spare) > 2*firstBuffer {
		w.buf, w.spare = make([]byte, 0, firstBuffer), nil
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
		w.turns.idle.Store(true)
		w.turns.pass()
		w.notify()
	}()
	for {
		for w.queued() == 0 && !w.ending {
			w.rest()
		}
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
	buf, loans, end := w.buf, w.loans, w.accepted
	w.buf, w.loans, w.borrowed, w.owed = w.spare[:0], nil, 0, 0
	w.spare = nil
	w.notify()
	w.mu.Unlock()
	w.turns.pass()
	err := write(w.nc, buf, loans)
	w.mu.Lock()
	if err != nil {
		if w.hurried {
			err = fmt.Errorf("broken off, because the context of a publish has ended: %w", err)
		}
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
	w.lone.last = time.Now()
	w.spare = buf
	w.notify()
	return nil
}
