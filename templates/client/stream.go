package client

import (
	"bytes"
	"context"
	"io"
	"sync"
)

// bodyStream is a body that the program reads while it comes.
type bodyStream struct {
	channel  *Channel
	consumer *consumer
	size     uint64          // octets of the whole body
	ctx      context.Context // of the consumer; set before the program gets the delivery
	most     int             // octets that may wait for the program

	mu    sync.Mutex
	came  chunks
	read  []byte // is being read, from at on
	at    int
	lent  bool // read is with a writer
	state streamState

	arrived chan struct{} // there is something to read
	taken   chan struct{} // there is room
}

// mostStreamed bounds what waits while a writer has the rest: more would leave the
// processor's caches before the writer gets it.
const mostStreamed = 128 << 10

type streamState uint8

const (
	flowing streamState = iota
	passed              // the program has passed on; what comes is dropped
	cutOff              // the end is near; what comes is dropped
)

// Reader reads the body: as it comes if it is streamed, else from Body. It is for
// one goroutine at a time. If the
// channel ends before the body does, or the consumer's context, it fails with the
// cause. What is not read is dropped at the loop's next step or the handler's
// return.
func (d *Delivery) Reader() io.Reader {
	if d.stream != nil {
		return d.stream
	}
	return bytes.NewReader(d.Body)
}

// sizeOr returns the size of the whole body, or of one that is not streamed.
func (s *bodyStream) sizeOr(size int) uint64 {
	if s == nil {
		return uint64(size)
	}
	return s.size
}

// streams reports whether a body of the size is read while it comes.
func (c *consumer) streams(size uint64) bool { return c.stream > 0 && size > uint64(c.stream) }

// startStream delivers a message of which the body is to come.
func (c *Channel) startStream(size uint64) {
	in := &c.in
	s := &bodyStream{
		channel:  c,
		consumer: in.consumer,
		size:     size,
		most:     in.consumer.maxBuffered,
		came:     newChunks(&in.consumer.pool, size, in.consumer.maxBuffered),
		arrived:  make(chan struct{}, 1),
		taken:    make(chan struct{}, 1),
	}
	in.state, in.body, in.left, in.stream = inBody, nil, size, s
	in.warm = size > largestBlock
	c.deliver(nil)
}

// write takes octets of the body. Only the reader calls it.
func (s *bodyStream) write(octets []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == flowing {
		s.came.copy(octets)
		s.consumer.streamed.Add(int64(len(octets)))
	}
	signal(s.arrived)
}

// keep takes octets of the body with the memory that they are in, and reports
// whether it has. Only the reader calls it.
func (s *bodyStream) keep(octets []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	signal(s.arrived)
	if s.state != flowing {
		return false
	}
	s.came.add(octets)
	s.consumer.streamed.Add(int64(len(octets)))
	return true
}

// room returns memory for up to n octets of a streamed body. Only the reader calls
// it.
func (c *consumer) room(s *bodyStream, n int) []byte {
	if cap(c.next) < min(n, s.came.size) {
		c.next = s.came.empty()
	}
	return c.next[:min(n, cap(c.next))]
}

// filled passes on the n octets that are in that memory now. Few are copied, lest
// much memory holds little.
func (c *consumer) filled(s *bodyStream, n int) {
	if n < cap(c.next)*3/4 {
		s.write(c.next[:n])
	} else if s.keep(c.next[:n]) {
		c.next = nil
	}
}

// full reports whether the program has yet to catch up. What it reads at the
// moment is the other half.
func (s *bodyStream) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	most := s.most
	if s.lent {
		most = min(most, mostStreamed)
	}
	waiting := s.came.octets
	return s.state == flowing && (waiting > most/2 || waiting > 0 && s.consumer.streamsTooMuch())
}

// streamsTooMuch reports whether more waits in all streams together than may, if
// nothing else bounds their number.
func (c *consumer) streamsTooMuch() bool {
	return c.prefetch == 0 && c.streamed.Load() > int64(c.maxBuffered)
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
		case <-s.consumer.drained:
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
	if s.state != passed {
		s.state = state
		if state == passed {
			s.letGo()
		}
	}
	signal(s.taken)
}

// letGo gives up the memory of a stream, but for what a writer has.
func (s *bodyStream) letGo() {
	s.took(s.came.octets)
	s.came.drop()
	if !s.lent {
		s.came.pool.giveBack(s.read)
	}
	s.read, s.at = nil, 0
}

// took notes that octets do not wait any more.
func (s *bodyStream) took(octets int) {
	s.consumer.streamed.Add(-int64(octets))
	signal(s.consumer.drained)
}

// passOn drops what is not read of a body, if it is streamed.
func (s *bodyStream) passOn() {
	if s != nil {
		s.end(passed)
	}
}

// Read implements [io.Reader].
func (s *bodyStream) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := s.await(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == passed {
		return 0, s.tooLate()
	}
	n := copy(p, s.read[s.at:])
	s.at += n
	return n, nil
}

// WriteTo implements [io.WriterTo], without a copy.
func (s *bodyStream) WriteTo(w io.Writer) (written int64, err error) {
	for {
		if err := s.await(); err == io.EOF {
			return written, nil
		} else if err != nil {
			return written, err
		}
		part, err := s.lend()
		if err != nil {
			return written, err
		}
		n, err := w.Write(part)
		s.takeBack(n)
		written += int64(n)
		if err != nil {
			return written, err
		}
	}
}

// lend gives what is there to a writer.
func (s *bodyStream) lend() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == passed {
		return nil, s.tooLate()
	}
	s.lent = true
	return s.read[s.at:], nil
}

func (s *bodyStream) takeBack(written int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lent = false
	signal(s.taken)
	s.at += written
}

// await waits until there is something to read.
func (s *bodyStream) await() error {
	for {
		if ready, err := s.ready(); ready || err != nil {
			return err
		}
		select {
		case <-s.arrived:
		case <-s.ctx.Done():
			return s.failure(context.Cause(s.ctx))
		case <-s.channel.done:
			ready, err := s.ready() // what came before the end
			if !ready && err == nil {
				err = s.failure(s.channel.Err())
			}
			return err
		}
	}
}

// ready reports whether there is something to read.
func (s *bodyStream) ready() (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == passed {
		return false, s.tooLate()
	}
	if s.at == len(s.read) {
		s.came.pool.giveBack(s.read)
		s.read, s.at = s.came.take(), 0
		s.took(len(s.read))
		signal(s.taken)
	}
	if len(s.read) == 0 && s.came.left == 0 {
		return false, io.EOF
	}
	return len(s.read) > 0, nil
}

func (s *bodyStream) tooLate() error {
	return s.failure(&UsageError{Field: "the body", Reason: "is read after its delivery's turn"})
}

func (s *bodyStream) failure(err error) error {
	return s.channel.opError("basic.deliver", WasSent, err)
}
