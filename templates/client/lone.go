package client

import (
	"net"
	"time"
)

// lone is what a sender needs to write a message itself that is alone, instead of
// waking the flusher for it, which takes longer than to write.
type lone struct {
	can  bool      // a write that is broken off has written what it says
	last time.Time // when the last write ended
}

const (
	lonePause    = 5 * time.Microsecond // without a write, after which a message is taken for alone
	lonePatience = time.Millisecond     // for a network that is full
	loneSize     = 4 << 10              // octets of a message that a sender writes itself, at most
)

func newLone(nc net.Conn) lone {
	switch nc.(type) {
	case *net.TCPConn, *net.UnixConn:
		return lone{can: true}
	}
	return lone{}
}

// writeLone writes what is queued if it is a lone message, and reports whether
// nothing is left for the flusher, which is asleep. The lock is held, so that
// nobody else writes.
func (w *writer) writeLone() bool {
	if !w.lone.can || w.ending || w.broken != nil || len(w.loans) > 0 || len(w.buf) > loneSize {
		return false
	}
	now := time.Now()
	if now.Sub(w.lone.last) < lonePause {
		return false
	}
	w.nc.SetWriteDeadline(now.Add(lonePatience))
	n, _ := w.nc.Write(w.buf) // the flusher will find out what is wrong
	w.nc.SetWriteDeadline(time.Time{})
	w.lone.last = time.Now()
	w.written += uint64(n)
	w.buf = append(w.buf[:0], w.buf[n:]...)
	if len(w.buf) > 0 {
		return false
	}
	w.owed = 0
	w.notify()
	return true
}
