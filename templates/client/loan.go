package client

import (
	"context"
	"net"
	"time"
)

// loan is a sender's body, to be written after the first at octets of the
// queue. The sender waits until the flusher has let go of it.
type loan struct {
	at   int
	body []byte
}

// loanReturned waits until the flusher has let go of a lent body. If ctx ends
// first, a body that still waits is copied; a write that holds it is broken,
// and with it the connection.
func (w *writer) loanReturned(ctx context.Context, body []byte, end uint64) error {
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
