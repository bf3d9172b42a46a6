package client

import (
	"errors"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// channelsToChurn is a million with AMQPGEN_SOAK=1, or what AMQPGEN_CHANNELS says.
func channelsToChurn(t *testing.T) int64 {
	t.Helper()
	if text := os.Getenv("AMQPGEN_CHANNELS"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if os.Getenv("AMQPGEN_SOAK") == "1" {
		return 1_000_000
	}
	return 20_000
}

// TestR6_ChannelChurn opens and closes channels, several at a time. One in ten the
// server closes: half of them in answer to a request, half of its own accord, so
// that both closes may cross. No call fails but those requests, numbers are used
// again, and nothing is left. The trouble that it prevents: channel numbers leaked
// until there were none left.
func TestR6_ChannelChurn(t *testing.T) {
	const workers = 8
	n := channelsToChurn(t)
	conn := connect(t, nil, func(p *peer) { (&churnServer{peer: p, numbers: map[uint16]numberState{}}).serve() })
	c := &churner{t: t, conn: conn}
	c.run(workers, n/10) // until what is kept for use again is there
	goroutines, heap := held()
	start := time.Now()
	c.run(workers, n)
	took := time.Since(start)
	goroutinesAfter, heapAfter := held()
	t.Logf("%d channels, %v each; highest number %d; heap %+d octets", n, took/time.Duration(n), c.highest.Load(), int64(heapAfter)-int64(heap))
	if goroutinesAfter > goroutines || heapAfter > heap+256<<10 {
		t.Errorf("%d goroutines and %d octets came to be %d and %d", goroutines, heap, goroutinesAfter, heapAfter)
	}
	if highest := c.highest.Load(); highest > 2*workers {
		t.Errorf("%d channels at a time took the numbers up to %d", workers, highest)
	}
	if open := conn.open(); len(open) != 0 {
		t.Errorf("%d channels are left", len(open))
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// churner opens and closes channels.
type churner struct {
	t       *testing.T
	conn    *Connection
	highest atomic.Int64
}

// run opens and closes n channels.
func (c *churner) run(workers int, n int64) {
	c.t.Helper()
	var group sync.WaitGroup
	var next atomic.Int64
	for range workers {
		group.Go(func() {
			for i := next.Add(1); i <= n && !c.t.Failed(); i = next.Add(1) {
				c.one(i%20 == 0)
			}
		})
	}
	group.Wait()
}

// one opens a channel and closes it, or has the server do so.
func (c *churner) one(refused bool) {
	ch, err := c.conn.Channel(c.t.Context())
	if err != nil {
		c.t.Error(err)
		return
	}
	for id, old := int64(ch.ID()), c.highest.Load(); id > old && !c.highest.CompareAndSwap(old, id); {
		old = c.highest.Load()
	}
	if refused {
		if _, err := ch.DeclareQueue(c.t.Context(), "nowhere", nil); !errors.Is(err, ReplyNotFound) {
			c.t.Errorf("what does not exist: %v", err)
		}
	}
	if err := ch.Close(); err != nil {
		c.t.Error(err)
	}
	if err := ch.Err(); err != ErrClosed && !errors.Is(err, ReplyNotFound) {
		c.t.Errorf("the channel's end: %v", err)
	}
}

// churnServer is a server which knows what each channel number is in use for.
type churnServer struct {
	*peer
	numbers map[uint16]numberState
	opened  int
}

type numberState uint8

const (
	numberFree numberState = iota
	numberOpen
	numberRefused // channel.close was sent, and close-ok has not come
)

var notFound = &ChannelClose{ReplyCode: ReplyNotFound, ReplyText: "no such queue", ClassID: 50, MethodID: 10}

// serve answers until the connection is closed.
func (s *churnServer) serve() {
	for {
		id, m, _ := s.next()
		if m.ID() == (ConnectionClose{}).ID() {
			s.send(0, &ConnectionCloseOK{})
			return
		}
		s.answer(id, m)
	}
}

func (s *churnServer) answer(id uint16, m Method) {
	state := s.numbers[id]
	switch m.(type) {
	case *ChannelOpen:
		if state != numberFree {
			s.fatalf("channel %d is opened again", id)
		}
		s.open(id)
	case *QueueDeclare:
		if state == numberOpen {
			s.numbers[id] = numberRefused
			s.send(id, notFound)
		}
	case *ChannelClose:
		if state == numberOpen {
			s.numbers[id] = numberFree
		}
		s.send(id, &ChannelCloseOK{})
	case *ChannelCloseOK:
		if state != numberRefused {
			s.fatalf("close-ok on channel %d, which nobody has closed", id)
		}
		s.numbers[id] = numberFree
	default:
		s.fatalf("%v", m)
	}
}

// open opens a channel. One in twenty is closed again at once.
func (s *churnServer) open(id uint16) {
	if s.opened++; s.opened%20 != 0 {
		s.numbers[id] = numberOpen
		s.send(id, &ChannelOpenOK{})
		return
	}
	s.numbers[id] = numberRefused
	s.send(id, &ChannelOpenOK{}, notFound)
}
