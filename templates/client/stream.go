package client

import (
	"bytes"
	"context"
	"io"
	"sync"
)

// bodyStream is a body that the program reads while it comes.
type bodyStream struct {
	channel *Channel
	ctx     context.Context // of the consumer; set before the program gets the delivery
	most    int             // octets that may wait for the program

	mu    sync.Mutex
	came  []byte
	read  []byte // is being read, from at on; changes places with came
	at    int
	left  uint64 // octets still to come
	state streamState

	arrived chan struct{} // there is something to read
	taken   chan struct{} // there is room
}

type streamState uint8

const (
	flowing streamState = iota
	passed              // the program has passed on; what comes is dropped
	cutOff              // the end is near; what comes is dropped
)

// Reader reads the body: as it comes if it is streamed, else from Body. If the
// channel ends before the body does, or the consumer's context, it fails with the
// cause. What is not read is dropped at the loop's next step or the handler's
// return.
func (d *Delivery) Reader() io.Reader {
	if d.stream != nil {
		return d.stream
	}
	return bytes.NewReader(d.Body)
}

// streams reports whether a body of the size is read while it comes.
func (c *consumer) streams(size uint64) bool { return c.stream > 0 && size > uint64(c.stream) }

// startStream delivers a message of which the body is to come.
func (c *Channel) startStream(size uint64) {
	in := &c.in
	s := &bodyStream{
		channel: c,
		most:    in.consumer.maxBuffered,
		left:    size,
		arrived: make(chan struct{}, 1),
		taken:   make(chan struct{}, 1),
	}
	in.state, in.body, in.left, in.stream = inBody, nil, size, s
	in.delivery.Body, in.delivery.stream = nil, s
	c.deliver()
	in.delivery.stream = nil
}

// write takes octets of the body. Only the reader calls it.
func (s *bodyStream) write(octets []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == flowing {
		s.came = append(s.came, octets...)
		s.left -= uint64(len(octets))
	}
	signal(s.arrived)
}

// full reports whether the program has yet to catch up. What it reads at the
// moment is the other half.
func (s *bodyStream) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state == flowing && len(s.came) > s.most/2
}

// giveTime keeps the connection from being read while the program is behind with
// a body: see [reader.park].
func (r *reader) giveTime(s *bodyStream) {
	if s == nil || !s.full() {
		return
	}
	r.handOver()
	r.parked.Store(true)
	defer r.parked.Store(false)
	for s.full() {
		select {
		case <-s.taken:
		case <-s.channel.done:
			s.end(cutOff)
		case <-r.conn.closing:
			s.end(cutOff)
		case <-r.conn.wrecked:
			s.end(cutOff)
		}
	}
}

// end has what still comes dropped.
func (s *bodyStream) end(state streamState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = state
	if state == passed {
		s.came, s.read, s.at = nil, nil, 0
	}
	signal(s.taken)
}

// passOn drops what is not read of a streamed body.
func (d *Delivery) passOn() {
	if d.stream != nil {
		d.stream.end(passed)
	}
}

// Read implements [io.Reader].
func (s *bodyStream) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		if n, err := s.next(p); n > 0 || err != nil {
			return n, err
		}
		select {
		case <-s.arrived:
		case <-s.ctx.Done():
			return 0, s.failure(context.Cause(s.ctx))
		case <-s.channel.done:
			n, err := s.next(p) // what came before the end
			if n == 0 && err == nil {
				err = s.failure(s.channel.Err())
			}
			return n, err
		}
	}
}

// next reads what is there.
func (s *bodyStream) next(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == passed {
		return 0, s.failure(&UsageError{Field: "the body", Reason: "is read after its delivery's turn"})
	}
	if s.at == len(s.read) {
		s.read, s.came, s.at = s.came, s.read[:0], 0
		signal(s.taken)
	}
	n := copy(p, s.read[s.at:])
	s.at += n
	if n == 0 && s.left == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (s *bodyStream) failure(err error) error {
	return s.channel.opError("basic.deliver", WasSent, err)
}
