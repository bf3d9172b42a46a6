package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// handed is a body that its test hands over bit by bit.
type handed struct{ *io.PipeWriter }

// posted begins a message of size octets, of which the test hands over the
// first half chunk by chunk, and returns what PublishFrom will.
func posted(t *testing.T, ctx context.Context, ch *Channel, size int) (handed, <-chan error) {
	t.Helper()
	r, w := io.Pipe()
	result := make(chan error, 1)
	go func() {
		result <- ch.PublishFrom(ctx, "x", "k", BasicProperties{}, r, int64(size), nil)
		r.Close()
	}()
	if _, err := w.Write(pattern(size)[:size/2]); err != nil {
		t.Fatal(err)
	}
	return handed{w}, result
}

// rest hands over the second half.
func (h handed) rest(t *testing.T, size int) {
	t.Helper()
	if _, err := h.Write(pattern(size)[size/2:]); err != nil {
		t.Error(err)
	}
}

const (
	longBody = 4 * borrowedFrom // of four frames
	halfBody = longBody / 2
)

// firstHalf reads the head of a message on channel 1 and the first two of its
// frames.
func (p *peer) firstHalf() {
	p.t.Helper()
	for _, kind := range []byte{FrameMethod, FrameHeader, FrameBody, FrameBody} {
		if f := p.frame(); f.Type != kind || f.Channel != 1 {
			p.fatalf("frame type %d on channel %d", f.Type, f.Channel)
		}
	}
}

// secondHalf reads the other two frames, with what is wanted in them; nil is
// anything.
func (p *peer) secondHalf(want []byte) {
	p.t.Helper()
	var got []byte
	for len(got) < halfBody {
		f := p.frame()
		if f.Type != FrameBody || f.Channel != 1 {
			p.fatalf("frame type %d on channel %d within content", f.Type, f.Channel)
		}
		got = append(got, f.Payload...)
	}
	if want != nil && !bytes.Equal(got, want) {
		p.fatalf("the second half of the body is damaged")
	}
}

// TestPostingLetsOthersPass stops in the middle of a body: other channels go on;
// what is sent on its own, by the program and by the runtime, comes behind it.
func TestPostingLetsOthersPass(t *testing.T) {
	asked := make(chan struct{})
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.openChannel(2)
		p.firstHalf()
		p.send(1, &ChannelFlow{Active: false}, &ChannelFlow{Active: true})
		if m := expect[BasicPublish](p, 2); m.RoutingKey != "other" {
			p.fatalf("%v", m)
		}
		close(asked)
		p.secondHalf(pattern(longBody)[halfBody:])
		expect[ChannelFlowOK](p, 1)
		expect[ChannelFlowOK](p, 1)
		got := map[MethodID]int{}
		for range 3 {
			_, m, _ := p.next()
			got[m.ID()]++
			if m.ID() == (QueuePurge{}).ID() {
				p.send(1, &QueuePurgeOK{})
			}
		}
		if got[BasicPublish{}.ID()] != 2 {
			p.fatalf("behind the message: %v", got)
		}
		p.closeConnection()
	})
	ch, other := openOn(t, conn, nil), openOn(t, conn, nil)
	h, result := posted(t, t.Context(), ch, longBody)
	for !owes(ch, 2) {
		time.Sleep(time.Millisecond)
	}
	var group sync.WaitGroup
	group.Go(func() {
		if _, err := ch.PurgeQueue(t.Context(), "q", nil); err != nil {
			t.Error(err)
		}
	})
	group.Go(func() {
		if err := ch.Publish(t.Context(), "", "k", Message{}, nil); err != nil {
			t.Error(err)
		}
	})
	group.Go(func() {
		if err := ch.PublishFrom(t.Context(), "", "k", BasicProperties{}, bytes.NewReader(pattern(longBody)), longBody, nil); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := ch.Publish(ctx, "", "never", Message{}, nil); !errors.Is(err, context.DeadlineExceeded) || sentOf(err) != NotSent {
		t.Errorf("behind a body that stands still: %v", err)
	}
	if err := other.Publish(t.Context(), "", "other", Message{}, nil); err != nil {
		t.Error(err)
	}
	<-asked
	h.rest(t, longBody)
	group.Wait()
	if err := errors.Join(<-result, conn.Close()); err != nil {
		t.Error(err)
	}
}

// owes reports whether n answers wait for the end of a message.
func owes(c *Channel, n int) bool {
	c.conn.w.mu.Lock()
	defer c.conn.w.mu.Unlock()
	return c.posting.owed() == n*(frameOverhead+5) // of flow-ok
}

// TestPostingPanics has a body that panics: the connection does not stay in the
// middle of the message.
func TestPostingPanics(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		io.Copy(io.Discard, p.nc)
	})
	ch := openOn(t, conn, nil)
	func() {
		defer func() { recover() }()
		body := io.MultiReader(bytes.NewReader(pattern(halfBody)), panicking{})
		ch.PublishFrom(t.Context(), "", "k", BasicProperties{}, body, longBody, nil)
	}()
	<-conn.Done()
	if !errors.Is(conn.Err(), errBodyPanicked) {
		t.Errorf("got %v", conn.Err())
	}
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("reader") }

// TestPostingContext ends the context before the message, which costs nothing,
// and in its midst, which costs the connection, at once and whether the body
// stands still or the server does.
func TestPostingContext(t *testing.T) {
	begun, stop := make(chan struct{}), make(chan struct{})
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.firstHalf()
		close(begun)
		<-stop
	})
	defer close(stop)
	ch := openOn(t, conn, nil)
	dead, cancel := context.WithCancel(t.Context())
	cancel()
	err := ch.PublishFrom(dead, "", "k", BasicProperties{}, bytes.NewReader(pattern(longBody)), longBody, nil)
	if !errors.Is(err, context.Canceled) || sentOf(err) != NotSent || conn.Err() != nil {
		t.Errorf("before: %v; %v", err, conn.Err())
	}
	ctx, end := context.WithCancelCause(t.Context())
	h, result := posted(t, ctx, ch, longBody)
	<-begun
	why := errors.New("had enough")
	inTime(t, "the connection's end", 100*time.Millisecond, func() {
		end(why)
		<-conn.Done()
	})
	h.Close()
	var body *BodyError
	if err := <-result; !errors.As(err, &body) || !errors.Is(err, why) || sentOf(err) != MaybeSent {
		t.Errorf("within: %v", err)
	}
	if !errors.Is(conn.Err(), why) {
		t.Errorf("the connection: %v", conn.Err())
	}
}

// TestPostingToAStuckServer streams without end to a server that reads nothing:
// no more than so much is held, and the context bounds it.
func TestPostingToAStuckServer(t *testing.T) {
	stop := make(chan struct{})
	conn := connect(t, nil, stuckPeer(stop))
	defer close(stop)
	ch := openOn(t, conn, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	result := make(chan error, 1)
	go func() {
		result <- ch.PublishFrom(ctx, "", "k", BasicProperties{}, endless{}, 1<<40, nil)
	}()
	most := 0
	for end := time.Now().Add(200 * time.Millisecond); time.Now().Before(end); {
		conn.w.mu.Lock()
		most = max(most, conn.w.queued())
		conn.w.mu.Unlock()
	}
	if most == 0 || most > maxQueued {
		t.Errorf("%d octets were queued", most)
	}
	inTime(t, "PublishFrom", 100*time.Millisecond, func() {
		cancel()
		if err := <-result; !errors.Is(err, context.Canceled) || sentOf(err) != MaybeSent {
			t.Errorf("got %v", err)
		}
	})
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

// TestServerClosesPostingChannel has the server close the channel in the midst
// of a message: its rest is filled up, close-ok follows, and only then is the
// number free.
func TestServerClosesPostingChannel(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.firstHalf()
		p.send(1, &ChannelClose{ReplyCode: ReplyNotFound, ReplyText: "no such exchange"})
		p.openChannel(2)
		p.secondHalf(nil)
		expect[ChannelCloseOK](p, 1)
		p.openChannel(1)
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	h, result := posted(t, t.Context(), ch, longBody)
	<-ch.Done()
	if other := openOn(t, conn, nil); other.ID() != 2 {
		t.Errorf("channel %d", other.ID())
	}
	h.Close()
	if err := <-result; !errors.Is(err, ReplyNotFound) || sentOf(err) != MaybeSent {
		t.Errorf("got %v", err)
	}
	if next := openOn(t, conn, nil); next.ID() != 1 {
		t.Errorf("channel %d", next.ID())
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestClosingAPostingChannel closes the channel in the midst of a message, which
// is sent whole before, and then the connection, which cuts the next one off.
func TestClosingAPostingChannel(t *testing.T) {
	begun := make(chan struct{})
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.firstHalf()
		p.secondHalf(pattern(longBody)[halfBody:])
		expect[ChannelClose](p, 1)
		p.send(1, &ChannelCloseOK{})
		p.openChannel(1)
		p.firstHalf()
		close(begun)
		expect[ConnectionClose](p, 0)
		p.send(0, &ConnectionCloseOK{})
	})
	ch := openOn(t, conn, nil)
	h, result := posted(t, t.Context(), ch, longBody)
	closed := make(chan error)
	go func() { closed <- ch.Close() }()
	<-ch.Done()
	h.rest(t, longBody)
	if err := errors.Join(<-result, <-closed); err != nil {
		t.Error(err)
	}
	ch = openOn(t, conn, nil)
	h, result = posted(t, t.Context(), ch, longBody)
	<-begun
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	h.Close()
	if err := <-result; !errors.Is(err, ErrClosed) || sentOf(err) != MaybeSent {
		t.Errorf("got %v", err)
	}
	if conn.Err() != ErrClosed {
		t.Errorf("the connection: %v", conn.Err())
	}
}

// TestShutdownAwaitsPosting lets a message that was begun be sent whole.
func TestShutdownAwaitsPosting(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.firstHalf()
		p.secondHalf(pattern(longBody)[halfBody:])
		expect[ConnectionClose](p, 0)
		p.send(0, &ConnectionCloseOK{})
	})
	ch := openOn(t, conn, nil)
	h, result := posted(t, t.Context(), ch, longBody)
	time.AfterFunc(20*time.Millisecond, func() { h.rest(t, longBody) })
	if err := errors.Join(conn.Shutdown(t.Context()), <-result); err != nil {
		t.Error(err)
	}
}

// TestHeartbeatsDuringPosting reads from a body that stands still for many
// intervals.
func TestHeartbeatsDuringPosting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const beats = 20
		conn := connectOver(t, pipePair, ConnectionTune{FrameMax: 131072, Heartbeat: 2}, &Config{Heartbeat: 2 * time.Second}, func(p *peer) {
			p.openChannel(1)
			p.firstHalf()
			for range beats {
				if f, err := ReadFrame(p.nc, 1<<20); err != nil || f.Type != FrameHeartbeat {
					p.fatalf("frame type %d, %v", f.Type, err)
				}
				p.write([]byte{FrameHeartbeat, 0, 0, 0, 0, 0, 0, FrameEnd})
			}
			p.secondHalf(pattern(longBody)[halfBody:])
			p.closeConnection()
		})
		h, result := posted(t, t.Context(), openOn(t, conn, nil), longBody)
		time.Sleep(beats*time.Second + 3*time.Second/2) // the first interval needs none
		h.rest(t, longBody)
		if err := errors.Join(<-result, conn.Close()); err != nil {
			t.Error(err)
		}
	})
}

// TestPostingIsIndivisible streams, publishes and calls from many goroutines:
// on each channel every message is whole, and nothing stands within it.
func TestPostingIsIndivisible(t *testing.T) {
	const publishers, messages = 6, 12
	conn := connectOver(t, tcpPair, ConnectionTune{FrameMax: 4096}, nil, func(p *peer) {
		p.openChannel(1)
		p.openChannel(2)
		left := map[uint16]int{}
		bodies := map[uint16][]byte{}
		for {
			f := p.frame()
			switch {
			case f.Type == FrameBody:
				left[f.Channel] -= len(f.Payload)
				bodies[f.Channel] = append(bodies[f.Channel], f.Payload...)
				if b := bodies[f.Channel]; left[f.Channel] == 0 && !bytes.Equal(b, pattern(len(b))) {
					p.fatalf("a body of %d octets is damaged", len(b))
				}
			case left[f.Channel] > 0:
				p.fatalf("frame type %d where %d octets are left of the body", f.Type, left[f.Channel])
			case f.Type == FrameHeader:
				var h ContentHeader
				if err := h.UnmarshalBinary(f.Payload); err != nil {
					p.fatalf("%v", err)
				}
				left[f.Channel], bodies[f.Channel] = int(h.BodySize), nil
			case methodIDOf(f.Payload) == QueuePurge{}.ID():
				p.send(f.Channel, &QueuePurgeOK{})
			case f.Channel == 0:
				p.send(0, &ConnectionCloseOK{})
				return
			}
		}
	})
	channels := []*Channel{openOn(t, conn, nil), openOn(t, conn, nil)}
	var group sync.WaitGroup
	for i := range publishers {
		group.Go(func() {
			ch := channels[i%2]
			for n := range messages {
				size := 1 + (i*messages+n)*5003
				var err error
				if n%2 == 0 {
					err = ch.PublishFrom(t.Context(), "x", fmt.Sprint(i), BasicProperties{}, bytes.NewReader(pattern(size)), int64(size), nil)
				} else {
					err = ch.Publish(t.Context(), "x", fmt.Sprint(i), Message{Body: pattern(size)}, nil)
				}
				if err != nil {
					t.Error(err)
				}
				if _, err := ch.PurgeQueue(t.Context(), "q", nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
