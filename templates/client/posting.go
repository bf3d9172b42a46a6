package client

import (
	"cmp"
	"context"
	"errors"
	"hash/maphash"
	"io"
)

// posting is a message of which not all frames are queued yet: its body is
// being read. Meanwhile nothing else may go out on its channel.
type posting struct {
	channel *Channel
	body    io.Reader
	size    int64
	left    int64 // octets that are not queued

	receipt *Receipt
	sum     *maphash.Hash // of a message that may be returned to its receipt

	// Under the writer's lock:
	later []byte // frames that the runtime owes on the channel, to follow
	cause error  // why the connection was ended over it
}

// owed counts the octets that wait for the message. There is none on most
// channels.
func (p *posting) owed() int {
	if p == nil {
		return 0
	}
	return len(p.later)
}

var errBodyPanicked = errors.New("the body's reader did not return")

// chunk is how much of a body is read at a time: whole frames, if they are not
// larger.
func (w *writer) chunk() int {
	part := min(w.frameMax-frameOverhead, borrowedFrom)
	return borrowedFrom - borrowedFrom%part
}

// begin queues the method and the header.
func (p *posting) begin(ctx context.Context, m *BasicPublish, properties *BasicProperties, receipt bool) error {
	c, w := p.channel, p.channel.conn.w
	if err := w.beginLock(ctx, c, true); err != nil {
		return err
	}
	start := w.mark()
	header := w.head(c.id, m, properties, uint64(p.size))
	if err := w.refusal(c, receipt); err != nil {
		w.abandonUnlock(start)
		return err
	}
	if c.ledger != nil {
		p.receipt = c.ledger.enter(c, receipt)
	}
	if c.ledger != nil && (m.Mandatory || m.Immediate) {
		p.sum = new(maphash.Hash)
		sumHead(p.sum, m.Exchange, m.RoutingKey, header.of(w.buf))
	}
	c.posting = p
	w.commitUnlock(start)
	return nil
}

// run queues the body, chunk by chunk, of which the first has been read.
func (p *posting) run(ctx context.Context, chunk []byte) error {
	unwatch := context.AfterFunc(ctx, func() { p.abort(context.Cause(ctx)) })
	defer unwatch()
	defer p.abort(errBodyPanicked) // which is nothing to a message that has ended
	for {
		if err := p.add(chunk); err != nil || p.left == 0 {
			return err
		}
		chunk = chunk[:min(int64(len(chunk)), p.left)]
		if err := p.read(chunk); err != nil && !p.refused() {
			return p.abort(err)
		}
	}
}

// read fills a chunk. Once the server has closed the channel and ignores what
// comes, any octets will do.
func (p *posting) read(chunk []byte) error {
	if len(chunk) == 0 || p.refused() {
		return nil
	}
	_, err := io.ReadFull(p.body, chunk)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// refused reports whether the server has closed the channel.
func (p *posting) refused() bool {
	w := p.channel.conn.w
	w.mu.Lock()
	defer w.mu.Unlock()
	return p.channel.refused() != nil
}

// add queues a chunk, and with the last one what had to wait for it.
func (p *posting) add(chunk []byte) error {
	w := p.channel.conn.w
	if err := w.roomLock(p); err != nil {
		return err
	}
	start := w.mark()
	w.body(p.channel.id, chunk)
	p.left -= int64(len(chunk))
	if p.sum != nil {
		p.sum.Write(chunk)
	}
	if p.left == 0 {
		return p.endUnlock(start)
	}
	w.commitUnlock(start)
	return nil
}

// endUnlock makes way for what else goes out on the channel. If the server has
// closed it, its number is free now.
func (p *posting) endUnlock(start mark) error {
	c, w := p.channel, p.channel.conn.w
	if p.sum != nil {
		c.ledger.mayReturn(p.sum.Sum64(), p.receipt != nil)
	}
	w.buf = append(w.buf, p.later...)
	w.owed += len(p.later)
	w.sent.published++
	c.posting = nil
	w.notify()
	refused := c.refused()
	w.commitUnlock(start)
	if refused != nil {
		c.free()
		return refused
	}
	return nil
}

// abort ends the connection because of a body that does not go on, unless its
// last frame is queued or the connection ends anyway. It returns why.
func (p *posting) abort(reason error) error {
	c, w := p.channel, p.channel.conn.w
	w.mu.Lock()
	if c.posting != p || p.cause != nil || w.err != nil {
		defer w.mu.Unlock()
		return cmp.Or(p.cause, w.err)
	}
	cause, alive := p.failure(reason), w.broken == nil
	p.cause = cause
	w.notify()
	w.mu.Unlock()
	if alive {
		c.conn.abort(cause)
	}
	return cause
}

func (p *posting) failure(reason error) error {
	return &BodyError{Read: p.size - p.left, Size: p.size, Err: reason}
}

// roomLock waits until the next chunk may be queued, and returns with the lock
// held. Of one body the queue never holds more than maxQueued octets. Neither
// flow control nor the end of the channel stops what was begun.
func (w *writer) roomLock(p *posting) error {
	w.mu.Lock()
	for {
		switch {
		case p.cause != nil:
			defer w.mu.Unlock()
			return p.cause
		case w.err != nil:
			defer w.mu.Unlock()
			return w.err
		case w.broken == nil && w.queued() < maxQueued/2:
			return nil
		}
		w.await(context.Background()) // abort wakes it
	}
}

// awaitSent waits until no message of the channel is half queued or, with
// confirms, unsettled.
func (c *Channel) awaitSent(ctx context.Context) error {
	if err := c.awaitPosted(ctx); err != nil {
		return err
	}
	return c.awaitConfirms(ctx)
}

// awaitPosted waits until no message of the channel is half queued.
func (c *Channel) awaitPosted(ctx context.Context) error {
	w := c.conn.w
	w.mu.Lock()
	defer w.mu.Unlock()
	for c.posting != nil && w.err == nil {
		if err := w.await(ctx); err != nil {
			return err
		}
	}
	return nil
}
