//amqpgen:keeps connection

package client

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Connection is a connection to a server. Its methods are safe for any number
// of goroutines.
//
// Three goroutines serve it: one reads, one writes, one keeps it alive. They
// end with it.
type Connection struct {
	config     Config
	nc         net.Conn
	w          *writer
	r          *reader
	properties Table // of the server
	frameMax   int   // agreed on; 0: no limit
	channelMax int
	interval   time.Duration // agreed on; 0: no heartbeats
	epoch      uint64        // among the connections of a Keeper; 0 without one

	mu       sync.Mutex
	channels []*Channel // by number
	draining bool       // Shutdown has begun
	cause    error      // of an abort by this side
	err      error

	closing   chan struct{} // closed when this side has had enough
	closeOnce sync.Once
	wrecked   chan struct{} // closed when writing has failed
	done      chan struct{} // closed with err, when nothing is left

	notices outbox // for the program's logger and hooks
}

// ServerProperties returns what the server said of itself.
func (c *Connection) ServerProperties() Table { return c.properties }

// FrameMax returns the largest frame, in octets, that was agreed on; 0 means
// no limit.
func (c *Connection) FrameMax() int { return c.frameMax }

// Heartbeat returns the interval that was agreed on; 0 means none.
func (c *Connection) Heartbeat() time.Duration { return c.interval }

// LocalAddr is this side's address.
func (c *Connection) LocalAddr() net.Addr { return c.nc.LocalAddr() }

// RemoteAddr is the server's address.
func (c *Connection) RemoteAddr() net.Addr { return c.nc.RemoteAddr() }

// Done is closed when the connection has ended, for whatever reason, and
// nothing of it is left but functions of the program that still run.
func (c *Connection) Done() <-chan struct{} { return c.done }

// Err says why the connection has ended; nil while it has not. After Close it
// is [ErrClosed].
func (c *Connection) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Flush waits until the kernel has taken all that was sent so far on any
// channel. What ConsumeOptions.AckEvery holds back is sent first.
func (c *Connection) Flush(ctx context.Context) error {
	for _, ch := range c.open() {
		ch.sendAcks()
	}
	if err := c.w.flushed(ctx, c.w.octets()); err != nil {
		return &OpError{Op: "flush", Sent: MaybeSent, Err: err}
	}
	return nil
}

// open lists the channels.
func (c *Connection) open() []*Channel {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []*Channel
	for _, ch := range c.channels {
		if ch != nil {
			out = append(out, ch)
		}
	}
	return out
}

// add gives a channel the lowest free number.
func (c *Connection) add(ch *Channel) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.unusable(); err != nil {
		return err
	}
	for n := 1; n <= c.channelMax; n++ {
		if n == len(c.channels) {
			c.channels = append(c.channels, nil)
		}
		if c.channels[n] == nil {
			ch.id = uint16(n)
			c.channels[n] = ch
			return nil
		}
	}
	return &UsageError{Field: "channel", Reason: "cannot be opened: all numbers up to the agreed maximum are in use; close some, or open another connection"}
}

// unusable says why nothing new can be begun, if so. c.mu is held.
func (c *Connection) unusable() error {
	switch {
	case c.err != nil:
		return c.err
	case c.cause != nil:
		return c.cause
	case c.draining || c.isClosing():
		return ErrClosed
	}
	return nil
}

// remove forgets a channel, and reports whether it was known.
func (c *Connection) remove(ch *Channel) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := int(ch.id) < len(c.channels) && c.channels[ch.id] == ch
	if known {
		c.channels[ch.id] = nil
	}
	return known
}

func (c *Connection) lookup(id uint16) *Channel {
	c.mu.Lock()
	defer c.mu.Unlock()
	if int(id) < len(c.channels) {
		return c.channels[id]
	}
	return nil
}

// abort ends the connection without another word, because of cause. The
// reader notices and cleans up.
func (c *Connection) abort(cause error) {
	c.mu.Lock()
	if c.cause == nil {
		c.cause = cause
	}
	c.mu.Unlock()
	c.closeOnce.Do(func() { close(c.closing) })
	cut(c.nc)
}

// run serves the connection until it ends.
func (c *Connection) run() {
	var helpers sync.WaitGroup
	stop := make(chan struct{})
	helpers.Add(2)
	go func() {
		defer helpers.Done()
		if c.w.run() != nil {
			c.lastWords()
		}
	}()
	go func() {
		defer helpers.Done()
		c.keepAlive(stop)
	}()
	err := c.why(c.r.run())
	close(stop)
	c.windDown(err)
	helpers.Wait()
	c.finish(err)
}

// lastWords gives the reader a moment to find what the server said before
// writing to it failed.
func (c *Connection) lastWords() {
	const moment = time.Second
	close(c.wrecked)
	c.nc.SetReadDeadline(time.Now().Add(moment))
}

// why finds the first cause of the end: what the server said, why this side
// gave up, what broke a write, and only then what reading found. What happens
// after Close has begun is no cause.
func (c *Connection) why(read error) error {
	c.mu.Lock()
	cause := c.cause
	c.mu.Unlock()
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	var server *ServerError
	var transport *TransportError
	switch {
	case errors.As(read, &server):
		return read
	case cause == nil && c.isClosing():
		return ErrClosed
	case !errors.As(read, &transport):
		return read
	case cause != nil:
		return cause
	case c.w.broken != nil:
		return c.w.broken
	}
	return read
}

// windDown tells all who wait, sends what the protocol still owes the server, and
// gives the network connection up.
func (c *Connection) windDown(err error) {
	c.w.stop(err)
	for _, ch := range c.open() {
		ch.seal(err)
		ch.fail(err)
	}
	var protocol *ProtocolError
	if errors.As(err, &protocol) {
		c.farewell(ConnectionClose{ReplyCode: ReplySyntaxError, ReplyText: protocol.shortly()})
	}
	if transport := (*TransportError)(nil); errors.As(err, &transport) {
		cut(c.nc)
	}
	c.w.finish()
}

// finish marks the end, once nothing of the connection is left.
func (c *Connection) finish(err error) {
	c.nc.Close()
	for _, ch := range c.open() {
		ch.release()
	}
	c.logEnd(err)
	c.mu.Lock()
	c.err = err
	c.mu.Unlock()
	close(c.done)
}

// farewell queues a method although nothing may be queued any more.
func (c *Connection) farewell(m encodable) {
	c.w.mu.Lock()
	start := c.w.mark()
	c.w.method(0, m)
	if c.w.enc.err != nil {
		c.w.abandonUnlock(start)
		return
	}
	c.w.commitUnlock(start)
}

// onConnectionClose takes the server's close. If this side is closing too,
// the server owes no close-ok any more.
func (c *Connection) onConnectionClose(b []byte, d *decoder) error {
	var m ConnectionClose
	if err := d.end(m.decode(b, d)); err != nil {
		return err
	}
	c.farewell(ConnectionCloseOK{})
	if c.isClosing() {
		return ErrClosed
	}
	return &ServerError{
		Scope:  ScopeConnection,
		Code:   m.ReplyCode,
		Text:   m.ReplyText,
		Method: MethodID{m.ClassID, m.MethodID},
	}
}

func (c *Connection) onConnectionCloseOK(b []byte, d *decoder) error {
	if !c.isClosing() {
		return ruleError("closes a connection that nobody wants to close")
	}
	if err := d.end(b); err != nil {
		return err
	}
	return ErrClosed
}
