package main

import (
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/amqpgen/amqpgen/golden"
)

// tap stands between a client and a broker, hands on every octet as it is, and keeps a copy. It takes one
// connection.
type tap struct {
	listener net.Listener
	broker   string
	done     chan error

	mu      sync.Mutex
	partial [2][]byte // per direction, what is not a whole frame yet
	frames  []golden.Record
}

// The directions index tap.partial.
const (
	fromServer = iota
	fromClient
)

// newTap listens on a free port for the client of one scenario.
func newTap(broker string) (*tap, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	t := &tap{listener: listener, broker: broker, done: make(chan error, 1)}
	go func() { t.done <- t.relay() }()
	return t, nil
}

// addr is where the client connects to.
func (t *tap) addr() string { return t.listener.Addr().String() }

// finish waits for the end of the conversation and returns its frames.
func (t *tap) finish() ([]golden.Record, error) {
	t.listener.Close()
	if err := <-t.done; err != nil {
		return nil, err
	}
	for _, rest := range t.partial {
		if len(rest) > 0 {
			return nil, fmt.Errorf("octets that are no whole frame: % x", rest)
		}
	}
	return t.frames, nil
}

// relay connects the two sides and copies until both have ended.
func (t *tap) relay() error {
	client, err := t.listener.Accept()
	if err != nil {
		return err
	}
	defer client.Close()
	broker, err := net.Dial("tcp", t.broker)
	if err != nil {
		return err
	}
	defer broker.Close()
	answered := make(chan error, 1)
	go func() { answered <- t.copy(client, broker, fromServer) }()
	asked := t.copy(broker, client, fromClient)
	return errors.Join(asked, <-answered)
}

// copy records and hands on what comes from src until it ends, and then ends dst. Only octets that are no
// frames are an error: a broken connection is a way to end.
func (t *tap) copy(dst, src net.Conn, direction int) error {
	defer dst.Close()
	chunk := make([]byte, 64<<10)
	for {
		n, err := src.Read(chunk)
		if bad := t.record(direction, chunk[:n]); bad != nil {
			return bad
		}
		if _, broken := dst.Write(chunk[:n]); broken != nil || err != nil {
			return nil
		}
	}
}

// record cuts what has come into frames. It is done before anything is handed on, so that no answer can
// come before its question.
func (t *tap) record(direction int, octets []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	stream := append(t.partial[direction], octets...)
	for {
		n, err := golden.Next(stream)
		if err != nil {
			return err
		}
		if n == 0 {
			t.partial[direction] = stream
			return nil
		}
		frame := golden.Record{FromClient: direction == fromClient, Octets: stream[:n:n]}
		t.frames = append(t.frames, frame)
		stream = stream[n:]
	}
}
