// Package broker is an AMQP 0-8 broker in memory, for the demo and for tests. It speaks the protocol with
// the codec of the generated package and answers as RabbitMQ does, within these bounds: one virtual host
// "/", one user guest with the password guest, nothing outlives the process.
//
//	b, err := broker.Listen("127.0.0.1:0")
//	if err != nil {
//		return err
//	}
//	defer b.Close()
//	conn, err := amqp08.Dial(ctx, b.URI(), nil)
//
// Each connection has a session with two goroutines, one that reads and one that writes. What they share
// (exchanges, queues, consumers, deliveries) stands under the broker's one lock, which nobody holds while
// waiting for the network.
package broker

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// breather is how long accepting rests after it has failed.
const breather = 50 * time.Millisecond

// Broker is a broker that runs. Its methods are safe for any number of goroutines.
type Broker struct {
	listener net.Listener // nil: connections come by Serve alone
	running  sync.WaitGroup

	mu        sync.Mutex
	closed    bool
	sessions  map[*session]bool
	exchanges map[string]*exchange
	queues    map[string]*queue
	tags      uint64 // consumer tags given out
}

// New returns a broker that listens nowhere: connections are handed to it by [Broker.Serve].
func New() *Broker {
	b := &Broker{sessions: map[*session]bool{}, queues: map[string]*queue{}}
	b.exchanges = predeclared()
	return b
}

// Listen starts a broker on a TCP address, such as "127.0.0.1:0" for any free port of the loopback.
func Listen(addr string) (*Broker, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	b := New()
	b.listener = l
	b.running.Go(b.accept)
	return b, nil
}

// Addr is host and port of the listener; empty if there is none.
func (b *Broker) Addr() string {
	if b.listener == nil {
		return ""
	}
	return b.listener.Addr().String()
}

// URI is what a client on this machine dials.
func (b *Broker) URI() string {
	return "amqp://" + user + ":" + password + "@" + b.Addr() + "/"
}

// Close tells every client that the broker ends, and returns when nothing of it is left. A client that
// does not agree within a moment is cut off. Closing twice is fine.
func (b *Broker) Close() error {
	b.mu.Lock()
	first := !b.closed
	b.closed = true
	for s := range b.sessions {
		s.kick()
	}
	b.mu.Unlock()
	var err error
	if first && b.listener != nil {
		err = b.listener.Close()
	}
	b.running.Wait()
	return err
}

// Serve speaks with one client and returns when the connection has ended; it closes conn.
func (b *Broker) Serve(conn net.Conn) {
	s := newSession(b, conn)
	if !b.enter(s) {
		conn.Close()
		return
	}
	defer b.running.Done()
	defer b.forget(s)
	s.run()
}

func (b *Broker) accept() {
	for {
		conn, err := b.listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			time.Sleep(breather) // such as too many open files: may pass
		default:
			b.running.Go(func() { b.Serve(conn) })
		}
	}
}

// enter counts a session in, unless the broker is closed.
func (b *Broker) enter(s *session) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.sessions[s] = true
	b.running.Add(1)
	return true
}

func (b *Broker) forget(s *session) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.sessions, s)
}
