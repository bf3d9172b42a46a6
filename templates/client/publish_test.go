package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// TestR1_MessagesAreIndivisible publishes from many goroutines on two channels,
// with calls in between: the peer finds every message whole, each goroutine's in
// its order, and every octet as it was. The trouble that it prevents: frames of
// two callers got mixed on the wire, and the server closed the connection over it.
func TestR1_MessagesAreIndivisible(t *testing.T) {
	const publishers, messages = 8, 60
	conn := connectOver(t, tcpPair, ConnectionTune{FrameMax: 4096}, nil, func(p *peer) {
		p.openChannel(1)
		p.openChannel(2)
		next := map[string]int{}
		for range publishers * messages {
			var m Method
			var content Content
			for content.Properties == nil {
				var channel uint16
				if channel, m, content = p.next(); m.ID() == (QueuePurge{}).ID() {
					p.send(channel, &QueuePurgeOK{})
				}
			}
			who := m.(*BasicPublish).RoutingKey
			seed := next[who]
			next[who]++
			if got := content.Properties.(*BasicProperties).MessageID; got != fmt.Sprint(seed) {
				p.fatalf("message %s of %s where %d is due", got, who, seed)
			}
			if !bytes.Equal(content.Body, body(who, seed)) {
				p.fatalf("message %d of %s is damaged", seed, who)
			}
		}
		p.closeConnection()
	})
	channels := []*Channel{openOn(t, conn, nil), openOn(t, conn, nil)}
	var group sync.WaitGroup
	for i := range publishers {
		group.Go(func() {
			ch, who := channels[i%2], fmt.Sprintf("p%d", i)
			for n := range messages {
				m := Message{Body: body(who, n)}
				m.MessageID = fmt.Sprint(n)
				if err := ch.Publish(t.Context(), "x", who, m, nil); err != nil {
					t.Error(err)
				}
				if n%20 == 0 {
					if _, err := ch.PurgeQueue(t.Context(), "q", nil); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	group.Wait()
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// body makes a body of a size and content that depend on who and which: most
// small, some larger than a frame, some lent.
func body(who string, n int) []byte {
	r := rand.New(rand.NewPCG(uint64(n), uint64(len(who))<<8|uint64(who[1])))
	sizes := []int{0, 1, 4087, 4088, 4089, 10000, borrowedFrom, borrowedFrom + 1, 300000}
	b := make([]byte, sizes[r.IntN(len(sizes))])
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// TestR10_BodyFrames cuts bodies to the frame size, the eight octets around the
// payload included, and sends no body frame for an empty body. The trouble that it
// prevents: bodies were cut eight octets too large, since the limit counts what is
// around them.
func TestR10_BodyFrames(t *testing.T) {
	for size, frames := range map[int]int{0: 0, 1: 1, 4088: 1, 4089: 2, 8176: 2, 8177: 3, 200000: 49} {
		conn := connectOver(t, tcpPair, ConnectionTune{FrameMax: 4096}, nil, func(p *peer) {
			p.openChannel(1)
			p.frame()
			p.frame()
			left := size
			for range frames {
				f := p.frame()
				if f.Type != FrameBody || len(f.Payload) != min(left, 4088) {
					p.fatalf("%d octets: frame of %d where %d are left", size, len(f.Payload), left)
				}
				left -= len(f.Payload)
			}
			p.closeConnection()
		})
		ch := openOn(t, conn, nil)
		if err := ch.Publish(t.Context(), "", "k", Message{Body: make([]byte, size)}, nil); err != nil {
			t.Error(err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestCallersMayReuseBodies overwrites each body once Publish has returned.
func TestCallersMayReuseBodies(t *testing.T) {
	sizes := []int{1000, 200000, 10, 100000, 64 << 10, 64<<10 + 1}
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		for i, size := range sizes {
			_, _, content := p.next()
			if !bytes.Equal(content.Body, bytes.Repeat([]byte{byte(i + 1)}, size)) {
				p.fatalf("body %d is damaged", i)
			}
			time.Sleep(time.Millisecond)
		}
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	for i, size := range sizes {
		b := bytes.Repeat([]byte{byte(i + 1)}, size)
		if err := ch.Publish(t.Context(), "", "k", Message{Body: b}, nil); err != nil {
			t.Error(err)
		}
		clear(b)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestGivingUpOnALentBody ends the context of a publish whose body still
// waits behind others: it is copied, the connection lives, and the message
// arrives as it was.
func TestGivingUpOnALentBody(t *testing.T) {
	goOn := make(chan struct{})
	const size = 1 << 20
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		<-goOn
		for i := range 3 {
			_, _, content := p.next()
			if !bytes.Equal(content.Body, bytes.Repeat([]byte{byte(i + 1)}, 8*size)) {
				p.fatalf("body %d is damaged", i)
			}
		}
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	var group sync.WaitGroup
	first := bytes.Repeat([]byte{1}, 8*size)
	group.Go(func() { // fills the kernel's buffers
		if err := ch.Publish(t.Context(), "", "k", Message{Body: first}, nil); err != nil {
			t.Error(err)
		}
	})
	for conn.w.octets() < size {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond)
	second := bytes.Repeat([]byte{2}, 8*size)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := ch.Publish(ctx, "", "k", Message{Body: second}, nil)
	var op *OpError
	if !errors.As(err, &op) || op.Sent != MaybeSent || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	clear(second)
	close(goOn)
	group.Wait()
	if err := ch.Publish(t.Context(), "", "k", Message{Body: bytes.Repeat([]byte{3}, 8*size)}, nil); err != nil {
		t.Error(err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestFlow has the server pause publishing: publishers wait under their
// contexts, other requests pass, and the pause ends when the server says so.
func TestFlow(t *testing.T) {
	resume := make(chan struct{})
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.send(1, &ChannelFlow{Active: false})
		if m := expect[ChannelFlowOK](p, 1); m.Active {
			p.fatalf("%v", m)
		}
		expect[QueuePurge](p, 1)
		p.send(1, &QueuePurgeOK{})
		<-resume
		p.send(1, &ChannelFlow{Active: true})
		if m := expect[ChannelFlowOK](p, 1); !m.Active {
			p.fatalf("%v", m)
		}
		if _, m, _ := p.next(); m.ID() != (BasicPublish{}).ID() {
			p.fatalf("%v", m)
		}
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	for !paused(ch) {
		time.Sleep(time.Millisecond)
	}
	if _, err := ch.PurgeQueue(t.Context(), "q", nil); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var op *OpError
	if err := ch.Publish(ctx, "", "k", Message{}, nil); !errors.As(err, &op) || op.Sent != NotSent || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	close(resume)
	if err := ch.Publish(t.Context(), "", "k", Message{}, nil); err != nil {
		t.Error(err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

func paused(c *Channel) bool {
	c.conn.w.mu.Lock()
	defer c.conn.w.mu.Unlock()
	return c.paused
}

// TestFlush returns when the kernel has all that was published.
func TestFlush(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		for range 1000 {
			p.next()
		}
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	for range 1000 {
		if err := ch.Publish(t.Context(), "", "k", Message{Body: make([]byte, 1000)}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := ch.Flush(t.Context()); err != nil || conn.w.written != conn.w.octets() {
		t.Errorf("%v; %d of %d octets written", err, conn.w.written, conn.w.octets())
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
