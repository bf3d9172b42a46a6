package client

import (
	"context"
	"errors"
	"testing"
	"time"
)

// keptOver keeps a channel over a host, with the delays given.
func (h *host) keptOver(delay time.Duration, setup func(context.Context, *Channel) error) (*Keeper, *KeptChannel) {
	h.t.Helper()
	o := &KeeperOptions{FirstDelay: delay, MostDelay: delay}
	k, err := Keep(h.t.Context(), "amqp://"+h.l.Addr().String(), &Config{Heartbeat: -1}, o)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		k.Close()
		checkLeaks(h.t)
	})
	return k, k.Channel(setup, nil)
}

// agree opens and closes channels until the connection is closed.
func (p *peer) agree() {
	for {
		switch channel, m, _ := p.next(); m.(type) {
		case *ChannelOpen:
			p.send(channel, &ChannelOpenOK{})
		case *ChannelClose:
			p.send(channel, &ChannelCloseOK{})
		case *ConnectionClose:
			p.send(0, &ConnectionCloseOK{})
			return
		}
	}
}

// TestKeptPauseIsShared has callers come who each have less time than the pause
// after a failed setup takes: the next attempt is made all the same.
func TestKeptPauseIsShared(t *testing.T) {
	h := newHost(t, (*peer).agree)
	tries := 0
	k, ch := h.keptOver(300*time.Millisecond, func(context.Context, *Channel) error {
		if tries++; tries == 1 {
			return errors.New("not yet")
		}
		return nil
	})
	_, err := k.Connection(t.Context())
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); {
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Millisecond)
		_, err = ch.Channel(ctx)
		cancel()
		if err == nil {
			return
		}
	}
	t.Errorf("after %d attempts: %v", tries, err)
}

// TestKeptPauseEndsWithKeeper closes the keeper while somebody waits for the next
// attempt.
func TestKeptPauseEndsWithKeeper(t *testing.T) {
	h := newHost(t, (*peer).agree)
	failed := make(chan struct{}, 1)
	k, ch := h.keptOver(time.Hour, func(context.Context, *Channel) error {
		failed <- struct{}{}
		return errors.New("not now")
	})
	go func() {
		<-failed
		time.Sleep(20 * time.Millisecond)
		k.Close()
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if _, err := ch.Channel(ctx); !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
}

// TestKeptMeetsTheEnd publishes and consumes on channels that take nothing any
// more, a moment before that shows: it goes on over the next one.
func TestKeptMeetsTheEnd(t *testing.T) {
	h := newHost(t, func(p *peer) {
		p.openChannel(1)
		p.openChannel(2)
		expect[BasicPublish](p, 2)
		p.openChannel(3)
		p.startConsumer(3, "c")
		p.deliver(3, "c", 1, 1)
		p.closeConnection()
	})
	k := h.keep(KeeperOptions{})
	ch := k.Channel(nil, nil)
	end := func() {
		current, err := ch.Channel(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		cause := errors.New("the end")
		current.seal(cause)
		time.AfterFunc(20*time.Millisecond, func() { current.fail(cause) })
	}
	end()
	if err := ch.Publish(t.Context(), "x", "k", Message{}, nil); err != nil {
		t.Error(err)
	}
	end()
	for d, err := range ch.Consume(t.Context(), "q", nil) {
		if err != nil {
			t.Error(err)
		} else if d.channel.id != 3 {
			t.Errorf("over channel %d", d.channel.id)
		}
		k.end(ErrClosed) // the peer answers to nothing but a close now
		break
	}
}

// TestAtLeastOnceIsHonest is hung up on before the confirm comes, and finds no
// server any more: the message may have been sent, though not the last time.
func TestAtLeastOnceIsHonest(t *testing.T) {
	h := newHost(t, func(p *peer) {
		p.openChannel(1)
		expect[ConfirmSelect](p, 1)
		p.send(1, &ConfirmSelectOK{})
		p.published(1)
	})
	ch := h.keep(KeeperOptions{}).Channel(func(ctx context.Context, ch *Channel) error {
		return ch.SelectConfirm(ctx, nil)
	}, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err := ch.PublishAtLeastOnce(ctx, "x", "k", Message{}, nil)
	if !errors.Is(err, context.DeadlineExceeded) || sentOf(err) != MaybeSent {
		t.Errorf("%v", err)
	}
}

// TestKeptChannelsThatDoNotLast has the server close each channel as soon as a
// consumer has started: it is not asked again as fast as it can answer.
func TestKeptChannelsThatDoNotLast(t *testing.T) {
	consumes := 0
	h := newHost(t, func(p *peer) {
		for {
			f, err := ReadFrame(p.nc, 1<<20)
			if err != nil {
				return
			}
			switch methodIDOf(f.Payload) {
			case ChannelOpen{}.ID():
				p.send(f.Channel, &ChannelOpenOK{})
			case BasicQos{}.ID():
				p.send(f.Channel, &BasicQosOK{})
			case BasicConsume{}.ID():
				consumes++
				p.send(f.Channel, &BasicConsumeOK{ConsumerTag: "c"}, &ChannelClose{ReplyCode: 406})
			case ConnectionClose{}.ID():
				p.send(0, &ConnectionCloseOK{})
			}
		}
	})
	k, err := Keep(t.Context(), "amqp://"+h.l.Addr().String(), &Config{Heartbeat: -1}, &KeeperOptions{FirstDelay: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	for _, err := range k.Channel(nil, nil).Consume(ctx, "q", nil) {
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ReplyCode(406)) {
			t.Errorf("%v", err)
		}
	}
	k.Close()
	<-h.done
	if consumes < 2 || consumes > 10 {
		t.Errorf("asked %d times", consumes)
	}
}
