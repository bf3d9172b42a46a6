package client

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// beatTune asks for a heartbeat of ten seconds.
var beatTune = ConnectionTune{ChannelMax: 100, FrameMax: 131072, Heartbeat: 10}

// TestR11_HeartbeatsAreSent has a peer that looks when heartbeats come: every half
// interval, unless something else is sent. The trouble that it prevents: servers
// hung up on clients that sent a heartbeat an interval instead of two.
func TestR11_HeartbeatsAreSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := connectOver(t, pipePair, beatTune, &Config{Heartbeat: time.Minute}, func(p *peer) {
			last := time.Now()
			for range 10 {
				f, err := ReadFrame(p.nc, 4096)
				if err != nil || f.Type != FrameHeartbeat {
					p.fatalf("%v, %v", f, err)
				}
				if gap := time.Since(last); gap > 5*time.Second {
					p.fatalf("%v without a heartbeat", gap)
				}
				last = time.Now()
				p.write([]byte{FrameHeartbeat, 0, 0, 0, 0, 0, 0, FrameEnd})
			}
			p.closeConnection()
		})
		if conn.Heartbeat() != 10*time.Second {
			t.Errorf("agreed on %v", conn.Heartbeat())
		}
		time.Sleep(time.Minute)
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestSilentServer says nothing: between one and a half and two intervals later the
// connection ends, and everybody learns why.
func TestSilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := connectOver(t, pipePair, beatTune, &Config{Heartbeat: time.Minute}, func(p *peer) {
			p.openChannel(1)
			go io.Copy(io.Discard, p.nc)
		})
		ch := openOn(t, conn, nil)
		start := time.Now()
		_, err := ch.PurgeQueue(t.Context(), "q", nil)
		var transport *TransportError
		if !errors.As(err, &transport) || transport.Stage != "heartbeat" {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took < 15*time.Second || took > 20*time.Second {
			t.Errorf("noticed after %v", took)
		}
		<-conn.Done()
		if _, err := conn.Channel(t.Context()); !errors.As(err, &transport) {
			t.Errorf("a new channel says %v", err)
		}
	})
}

// TestR11_AnyOctetCounts sends part of a frame now and then: the server lives. The
// trouble that it prevents: servers that were busy sending a large message were
// taken for dead.
func TestR11_AnyOctetCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := connectOver(t, pipePair, beatTune, &Config{Heartbeat: time.Minute}, func(p *peer) {
			go io.Copy(io.Discard, p.nc)
			for range 7 {
				time.Sleep(12 * time.Second)
				p.write([]byte{FrameHeartbeat, 0, 0, 0, 0, 0, 0, FrameEnd}[:1])
				time.Sleep(12 * time.Second)
				p.write([]byte{0, 0, 0, 0, 0, 0, FrameEnd})
			}
			p.send(0, &ConnectionClose{ReplyCode: ReplyConnectionForced})
		})
		<-conn.Done()
		if !errors.Is(conn.Err(), ReplyConnectionForced) {
			t.Errorf("got %v", conn.Err())
		}
	})
}

// TestSlowHandlerKeepsBeating handles one delivery for an hour; the peer gets
// its heartbeats all the while.
func TestSlowHandlerKeepsBeating(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := connectOver(t, pipePair, beatTune, &Config{Heartbeat: time.Minute}, func(p *peer) {
			p.openChannel(1)
			p.startConsumer(1, "c")
			p.deliver(1, "c", 1, 1)
			beats := 0
			for {
				f, err := ReadFrame(p.nc, 4096)
				if err != nil {
					p.fatalf("%v", err)
				}
				if f.Type != FrameHeartbeat {
					break // the ack
				}
				beats++
				p.write([]byte{FrameHeartbeat, 0, 0, 0, 0, 0, 0, FrameEnd})
			}
			if beats < 700 {
				p.fatalf("%d heartbeats in an hour", beats)
			}
			p.endConsumer(1, "c")
			p.closeConnection()
		})
		err := openOn(t, conn, nil).Handle(t.Context(), "q", func(context.Context, *Delivery) error {
			time.Sleep(time.Hour)
			return ErrStop
		}, nil)
		if err != nil {
			t.Error(err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestIdleBuffersShrink lets buffers grow with the traffic, and go back to
// their first size when there is none.
func TestIdleBuffersShrink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := connectOver(t, pipePair, beatTune, &Config{Heartbeat: time.Minute}, func(p *peer) {
			p.openChannel(1)
			go io.Copy(io.Discard, p.nc)
			p.write(appendContent(t, nil, 1, &BasicReturn{}, &BasicProperties{}, make([]byte, 60000)))
			for range 100 {
				time.Sleep(10 * time.Second)
				p.write([]byte{FrameHeartbeat, 0, 0, 0, 0, 0, 0, FrameEnd})
			}
		})
		ch := openOn(t, conn, &ChannelEvents{OnReturn: func(Return) {}})
		for range 100 {
			if err := ch.Publish(t.Context(), "", "k", Message{Body: make([]byte, 30000)}, nil); err != nil {
				t.Fatal(err)
			}
		}
		grown := conn.w.buffers()
		time.Sleep(30 * time.Minute)
		synctest.Wait()
		conn.abort(ErrClosed)
		<-conn.Done()
		if now := conn.w.buffers(); grown <= 2*firstBuffer || now > 2*firstBuffer {
			t.Errorf("the writer's buffers had %d octets, and after idling %d", grown, now)
		}
		if now := len(conn.r.buf); now != firstBuffer {
			t.Errorf("the reader's buffer has %d octets after idling", now)
		}
	})
}

func (w *writer) buffers() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return cap(w.buf) + cap(w.spare)
}
