package broker

import (
	"bufio"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// farewellWait bounds how long a session that is over waits for the client to agree.
const farewellWait = time.Second

// errGone ends a session that has nothing more to say.
var errGone = errors.New("the client is gone")

// session is one client's connection.
type session struct {
	broker   *Broker
	nc       net.Conn
	in       *bufio.Reader
	out      *outbox
	limits   amqp08.ConnectionTuneOK
	capable  capabilities
	opened   bool          // the handshake is over
	kicked   chan struct{} // closed when the broker wants the session to end
	kickOnce sync.Once

	channels map[uint16]*channel // written by the reader, under the broker's lock
}

func newSession(b *Broker, nc net.Conn) *session {
	s := &session{broker: b, nc: nc, out: newOutbox(), kicked: make(chan struct{}), channels: map[uint16]*channel{}}
	s.in = bufio.NewReader(patience{s})
	return s
}

// kick makes the session end soon. The reader wakes up from whatever it waits for.
func (s *session) kick() {
	s.kickOnce.Do(func() { close(s.kicked) })
	s.nc.SetReadDeadline(time.Unix(1, 0))
}

func (s *session) isKicked() bool {
	select {
	case <-s.kicked:
		return true
	default:
		return false
	}
}

// patience reads from the client and bounds how long it may be silent.
type patience struct{ *session }

func (p patience) Read(b []byte) (int, error) {
	p.nc.SetReadDeadline(p.silence())
	if p.isKicked() {
		p.nc.SetReadDeadline(time.Unix(1, 0)) // kick may have come before the line above
	}
	return p.nc.Read(b)
}

// silence is until when the client may be silent: two heartbeat intervals, or for ever.
func (s *session) silence() time.Time {
	switch {
	case !s.opened:
		return time.Now().Add(handshakeWait)
	case s.limits.Heartbeat == 0:
		return time.Time{}
	}
	return time.Now().Add(2 * s.interval())
}

func (s *session) interval() time.Duration { return time.Duration(s.limits.Heartbeat) * time.Second }

// run serves the client until the connection ends.
func (s *session) run() {
	defer s.nc.Close()
	if err := s.handshake(); err != nil {
		s.refuse(err)
		return
	}
	s.opened = true
	var writer sync.WaitGroup
	writer.Go(func() { s.out.write(s.nc, s.interval(), s.resume) })
	err := s.serve()
	s.release()
	s.end(err, writer.Wait)
}

// serve takes frames until the session is over.
func (s *session) serve() error {
	for {
		s.out.await(s.kicked)
		f, err := amqp08.ReadFrame(s.in, int(s.limits.FrameMax)+8)
		if err != nil {
			return s.interrupted(err)
		}
		if err := s.frame(f); err != nil {
			return err
		}
	}
}

// interrupted says what an error of reading means.
func (s *session) interrupted(err error) error {
	var decode *amqp08.DecodeError
	switch {
	case errors.As(err, &decode):
		return garbled(decode)
	case s.isKicked():
		return hard(amqp08.ReplyConnectionForced, "the broker shuts down")
	}
	return errGone
}

func (s *session) frame(f amqp08.Frame) error {
	switch {
	case f.Type == amqp08.FrameHeartbeat:
		return nil
	case f.Type != amqp08.FrameMethod && f.Channel == 0:
		return hard(replyUnexpectedFrame, "content on channel 0")
	case f.Type != amqp08.FrameMethod:
		return s.contentFrame(f)
	}
	m, err := decode(f.Payload)
	if err != nil {
		return err
	}
	if f.Channel == 0 {
		return at(m.ID(), s.control(m))
	}
	return at(m.ID(), s.method(f.Channel, m))
}

// decode gives a method frame's payload its type.
func decode(payload []byte) (amqp08.Method, error) {
	if len(payload) < 4 {
		return nil, hard(amqp08.ReplyFrameError, "a method frame of %d octets", len(payload))
	}
	id := methodID(payload)
	m := amqp08.NewMethod(id)
	if m == nil {
		return nil, at(id, hard(amqp08.ReplyNotImplemented, "method %s is unknown", id))
	}
	if err := m.UnmarshalBinary(payload); err != nil {
		return nil, at(id, hard(amqp08.ReplyFrameError, "cannot decode %v", err))
	}
	return m, nil
}

// control takes a method on channel 0.
func (s *session) control(m amqp08.Method) error {
	switch m.(type) {
	case *amqp08.ConnectionClose:
		s.out.send(0, new(amqp08.ConnectionCloseOK))
		return errGone
	case *amqp08.ConnectionCloseOK:
		return errGone
	}
	return hard(amqp08.ReplyCommandInvalid, "%s on channel 0 at this point", m.ID())
}

// release gives back all that the session held.
func (s *session) release() {
	s.broker.mu.Lock()
	defer s.broker.mu.Unlock()
	for _, c := range s.channels {
		c.release()
	}
	for _, q := range s.broker.queues {
		if q.owner == s {
			q.delete()
		}
	}
}

// resume goes on with deliveries that were held back.
func (s *session) resume() {
	s.broker.mu.Lock()
	defer s.broker.mu.Unlock()
	for _, c := range s.channels {
		c.resume()
	}
}

// end says the last words and waits for the client to take them in: an end with octets unread would
// destroy what is under way to it.
func (s *session) end(err error, written func()) {
	var f *fault
	closing := errors.As(err, &f)
	if closing {
		s.out.send(0, f.connectionClose())
	}
	s.out.finish()
	s.nc.SetDeadline(time.Now().Add(farewellWait))
	written()
	rest := io.MultiReader(io.LimitReader(s.in, int64(s.in.Buffered())), s.nc)
	if closing && !f.garbled {
		s.awaitCloseOK(rest)
		return
	}
	drain(s.nc, rest)
}

// awaitCloseOK reads until the client has agreed to the end, or for as long as it may take.
func (s *session) awaitCloseOK(rest io.Reader) {
	for {
		f, err := amqp08.ReadFrame(rest, int(s.limits.FrameMax)+8)
		if err != nil {
			break
		}
		if f.Channel == 0 && f.Type == amqp08.FrameMethod && new(amqp08.ConnectionCloseOK).UnmarshalBinary(f.Payload) == nil {
			return
		}
	}
	drain(s.nc, rest)
}

// drain tells the client that nothing more comes, and discards what it still says.
func drain(nc net.Conn, rest io.Reader) {
	if half, ok := nc.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
	io.Copy(io.Discard, rest)
}
