package golden_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
	"github.com/amqpgen/amqpgen/golden"
)

// server plays the server's half of a capture to a client. Record by record, it wants the client's frames
// and sends the server's, so that each goes out once all of the client's before it have come. It ends at the
// first frame that is not the one recorded.
type server struct {
	conn    net.Conn
	records []golden.Record
	passed  []chan struct{} // of each record, closed once it was sent or received
	over    chan struct{}   // closed when nothing more will be

	heard []byte // all that the client said; nobody else's until over
	taken int    // how much of it was compared
	err   error  // why it is over before the end
}

// serve plays the records over a connection, in a goroutine of its own.
func serve(conn net.Conn, records []golden.Record) *server {
	s := &server{conn: conn, records: records, over: make(chan struct{})}
	for range records {
		s.passed = append(s.passed, make(chan struct{}))
	}
	go func() {
		defer close(s.over)
		defer conn.Close()
		s.err = s.play()
	}()
	return s
}

// play plays all records, after which the client is to end the connection without another word.
func (s *server) play() error {
	for i, r := range s.records {
		step := s.send
		if r.FromClient {
			step = s.want
		}
		if err := step(r); err != nil {
			return fmt.Errorf("record %d, %s: %w", i, r.Note, err)
		}
		close(s.passed[i])
	}
	frame, err := s.next()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return fmt.Errorf("after the last record: %w", err)
	}
	return fmt.Errorf("after the last record the client sends\n  %s", describe(frame))
}

func (s *server) send(r golden.Record) error {
	_, err := s.conn.Write(r.Octets)
	return err
}

// want compares the client's next frame with the one that was recorded.
func (s *server) want(r golden.Record) error {
	frame, err := s.next()
	if err != nil {
		return fmt.Errorf("waiting for it: %w", err)
	}
	if !bytes.Equal(frame, r.Octets) {
		return fmt.Errorf("the client sends\n  %s\nwhere the capture has\n  %s", describe(frame), describe(r.Octets))
	}
	return nil
}

// next reads the client's next frame, or its protocol header.
func (s *server) next() ([]byte, error) {
	for {
		n, err := golden.Next(s.heard[s.taken:])
		if err != nil {
			return nil, fmt.Errorf("%w, at\n  %x", err, s.heard[s.taken:])
		}
		if n > 0 {
			s.taken += n
			return s.heard[s.taken-n : s.taken], nil
		}
		if err := s.read(); err != nil {
			return nil, err
		}
	}
}

func (s *server) read() error {
	var chunk [4 << 10]byte
	n, err := s.conn.Read(chunk[:])
	s.heard = append(s.heard, chunk[:n]...)
	switch {
	case n > 0:
		return nil
	case errors.Is(err, io.EOF) && s.taken < len(s.heard):
		return fmt.Errorf("%w within a frame, after\n  %x", io.ErrUnexpectedEOF, s.heard[s.taken:])
	}
	return err
}

// patience bounds all waiting. It costs no time where the clock is a bubble's.
const patience = 20 * time.Second

// finish waits until the client has ended the connection, and returns what was wrong.
func (s *server) finish() error {
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	select {
	case <-s.over:
	case <-timeout.C:
		s.conn.Close()
		<-s.over
	}
	if s.err != nil {
		return s.err
	}
	var said []byte
	for _, r := range s.records {
		if r.FromClient {
			said = append(said, r.Octets...)
		}
	}
	return same(s.heard, said)
}

// await waits until the nth record with this in its note has passed, or nothing more will.
func (s *server) await(t *testing.T, n int, note string) {
	t.Helper()
	for i, r := range s.records {
		if !strings.Contains(r.Note, note) {
			continue
		}
		if n--; n > 0 {
			continue
		}
		select {
		case <-s.passed[i]:
		case <-s.over:
		case <-time.After(patience):
			t.Fatalf("waited in vain for record %d, %s", i, r.Note)
		}
		return
	}
	t.Fatalf("the capture has not that many records with %q", note)
}

// describe shows octets in hexadecimal, and what they say.
func describe(octets []byte) string {
	return hex.EncodeToString(octets) + "\n  " + meaning(octets)
}

func meaning(octets []byte) string {
	if bytes.HasPrefix(octets, []byte("AMQP")) {
		return fmt.Sprintf("protocol header %q", octets)
	}
	frame, err := amqp08.ReadFrame(bytes.NewReader(octets), len(octets))
	if err != nil {
		return err.Error()
	}
	on := fmt.Sprintf(" on channel %d", frame.Channel)
	switch frame.Type {
	case amqp08.FrameMethod:
		m, err := decodeMethod(frame.Payload)
		if err != nil {
			return err.Error() + on
		}
		return m.String() + on
	case amqp08.FrameHeader:
		var h amqp08.ContentHeader
		if err := h.UnmarshalBinary(frame.Payload); err != nil {
			return err.Error() + on
		}
		return fmt.Sprintf("content header, body of %d octets, %+v%s", h.BodySize, h.Properties, on)
	case amqp08.FrameBody:
		return fmt.Sprintf("body %.60q%s", frame.Payload, on)
	}
	return "heartbeat"
}
