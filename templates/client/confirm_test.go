package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

// confirming opens a channel with confirms; the script goes on from there.
func confirming(t *testing.T, o *ConfirmOptions, script func(p *peer)) *Channel {
	t.Helper()
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		expect[ConfirmSelect](p, 1)
		p.send(1, &ConfirmSelectOK{})
		script(p)
	})
	ch := openOn(t, conn, nil)
	if err := ch.SelectConfirm(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return ch
}

// published skips n messages.
func (p *peer) published(n int) {
	p.t.Helper()
	for range n {
		expect[BasicPublish](p, 1)
	}
}

// receipts publishes n messages with the routing key k0, k1 and so on.
func receipts(t *testing.T, ch *Channel, n int, o *PublishOptions) []*Receipt {
	t.Helper()
	var out []*Receipt
	for i := range n {
		r, err := ch.PublishReceipt(t.Context(), "x", fmt.Sprint("k", i), Message{Body: []byte("m")}, o)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// TestR5_ReceiptsTellEachFate has the peer acknowledge out of order, refuse,
// return, and close the channel over the last ones. The trouble that it prevents:
// a confirm that could not come any more was waited for, or read as a refusal.
func TestR5_ReceiptsTellEachFate(t *testing.T) {
	ch := confirming(t, nil, func(p *peer) {
		p.published(7)
		p.write(appendContent(t, nil, 1, &BasicReturn{ReplyCode: 312, ReplyText: "no", Exchange: "x", RoutingKey: "k3"}, &BasicProperties{}, []byte("m")))
		p.send(1, &BasicAck{DeliveryTag: 5}, &BasicNack{DeliveryTag: 2}, &BasicAck{DeliveryTag: 4, Multiple: true},
			&ChannelClose{ReplyCode: ReplyNotFound, ReplyText: "no exchange"})
		expect[ChannelCloseOK](p, 1)
	})
	rs := receipts(t, ch, 7, &PublishOptions{Mandatory: true})
	var errs []error
	for _, r := range rs {
		errs = append(errs, r.Wait(t.Context()))
	}
	for _, i := range []int{0, 2, 4} {
		if errs[i] != nil {
			t.Errorf("message %d: %v", i, errs[i])
		}
	}
	if !errors.Is(errs[1], ErrNacked) || sentOf(errs[1]) != WasSent {
		t.Errorf("the nacked one: %v", errs[1])
	}
	var back *ReturnedError
	if !errors.As(errs[3], &back) || !strings.Contains(errs[3].Error(), `312 no (exchange "x", routing key "k3")`) || !errors.Is(errs[3], ReplyCode(312)) {
		t.Errorf("the returned one: %v", errs[3])
	}
	for _, i := range []int{5, 6} {
		if !errors.Is(errs[i], ReplyNotFound) || sentOf(errs[i]) != MaybeSent {
			t.Errorf("message %d, of unknown fate: %v", i, errs[i])
		}
	}
}

func sentOf(err error) Sent {
	var op *OpError
	errors.As(err, &op)
	return op.Sent
}

// TestR8_ReturnsAreTied publishes messages of which some are equal and one differs
// in a header alone, and returns the latter and one of the equal. The trouble that
// it prevents: returns and confirms came by different ways, and nobody could tell
// which message was returned.
func TestR8_ReturnsAreTied(t *testing.T) {
	heard := 0
	ch := confirming(t, nil, func(p *peer) {
		p.published(4)
		for _, kind := range []string{"b", "a"} {
			p.write(appendContent(t, nil, 1, &BasicReturn{ReplyCode: 312, RoutingKey: "k"}, &BasicProperties{Type: kind}, []byte("m")))
		}
		p.send(1, &BasicAck{DeliveryTag: 4, Multiple: true})
	})
	var rs []*Receipt
	for _, kind := range []string{"a", "b", "a", "c"} {
		m := Message{Body: []byte("m")}
		m.Type = kind
		r, err := ch.PublishReceipt(t.Context(), "", "k", m, &PublishOptions{Mandatory: true})
		if err != nil {
			t.Fatal(err)
		}
		rs = append(rs, r)
	}
	for i, want := range []bool{true, true, false, false} {
		var back *ReturnedError
		if got := errors.As(rs[i].Wait(t.Context()), &back); got != want {
			t.Errorf("message %d returned: %v", i, got)
		}
	}
	if heard != 0 {
		t.Errorf("OnReturn heard of %d", heard)
	}
}

// TestReturnsOfOthersGoToOnReturn publishes without a receipt.
func TestReturnsOfOthersGoToOnReturn(t *testing.T) {
	heard := make(chan Return, 1)
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		expect[ConfirmSelect](p, 1)
		p.send(1, &ConfirmSelectOK{})
		p.published(1)
		p.write(appendContent(t, nil, 1, &BasicReturn{ReplyCode: 312, RoutingKey: "k"}, &BasicProperties{}, []byte("m")))
		p.send(1, &BasicAck{DeliveryTag: 1})
	})
	ch := openOn(t, conn, &ChannelEvents{OnReturn: func(r Return) { heard <- r }})
	if err := ch.SelectConfirm(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := ch.Publish(t.Context(), "", "k", Message{Body: []byte("m")}, &PublishOptions{Mandatory: true}); err != nil {
		t.Fatal(err)
	}
	if r := <-heard; r.RoutingKey != "k" {
		t.Errorf("returned: %v", r)
	}
	if err := ch.WaitConfirms(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestWindow fills the window: the next publish waits, under its context, for
// the oldest to be settled.
func TestWindow(t *testing.T) {
	ack := make(chan struct{})
	ch := confirming(t, &ConfirmOptions{Window: 2}, func(p *peer) {
		p.published(2)
		<-ack
		p.send(1, &BasicAck{DeliveryTag: 1})
		p.published(1)
	})
	receipts(t, ch, 2, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := ch.Publish(ctx, "x", "k", Message{}, nil)
	if !errors.Is(err, context.DeadlineExceeded) || sentOf(err) != NotSent {
		t.Errorf("with a full window: %v", err)
	}
	close(ack)
	receipts(t, ch, 1, nil)
}

// TestWindowEases settles one message of a full window, then another: only then is
// enough of it free for publishing to go on.
func TestWindowEases(t *testing.T) {
	const window = 2 * heldShare
	ack := make(chan DeliveryTag)
	ch := confirming(t, &ConfirmOptions{Window: window}, func(p *peer) {
		p.published(window)
		for range 2 {
			p.send(1, &BasicAck{DeliveryTag: <-ack})
		}
		p.published(2)
		p.send(1, &BasicAck{DeliveryTag: window + 2, Multiple: true})
	})
	held := func(free int) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if err := ch.Publish(ctx, "x", "k", Message{}, nil); !errors.Is(err, context.DeadlineExceeded) || sentOf(err) != NotSent {
			t.Fatalf("with %d of the window free: %v", free, err)
		}
	}
	first := receipts(t, ch, window, nil)[0]
	held(0)
	ack <- 1
	if err := first.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	held(1)
	time.AfterFunc(20*time.Millisecond, func() { ack <- 3 })
	receipts(t, ch, 2, nil)
	if err := ch.WaitConfirms(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestWindowIsSetAgain opens a full window by selecting a larger one.
func TestWindowIsSetAgain(t *testing.T) {
	ch := confirming(t, &ConfirmOptions{Window: 1}, func(p *peer) {
		p.published(1)
		expect[ConfirmSelect](p, 1)
		p.send(1, &ConfirmSelectOK{})
		p.published(1)
		p.send(1, &BasicAck{DeliveryTag: 2, Multiple: true})
	})
	receipts(t, ch, 1, nil)
	time.AfterFunc(20*time.Millisecond, func() {
		if err := ch.SelectConfirm(t.Context(), &ConfirmOptions{Window: 2}); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if err := ch.PublishConfirm(ctx, "x", "k", Message{}, nil); err != nil {
		t.Error(err)
	}
}

// TestWaitConfirmsTogether has several wait, each for what was published when it
// began. None is told late, or not at all.
func TestWaitConfirmsTogether(t *testing.T) {
	const waiters = 20
	ch := confirming(t, nil, func(p *peer) {
		for tag := range DeliveryTag(waiters) {
			p.published(1)
			if tag > 0 {
				p.send(1, &BasicAck{DeliveryTag: tag})
			}
		}
		p.send(1, &BasicAck{DeliveryTag: waiters})
	})
	var group sync.WaitGroup
	for range waiters {
		if err := ch.Publish(t.Context(), "x", "k", Message{}, nil); err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			if err := ch.WaitConfirms(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

// TestWaitConfirms waits for all, and counts what was refused once.
func TestWaitConfirms(t *testing.T) {
	ch := confirming(t, nil, func(p *peer) {
		p.published(3)
		p.send(1, &BasicAck{DeliveryTag: 3}, &BasicNack{DeliveryTag: 2, Multiple: true})
		p.published(1)
		p.send(1, &BasicAck{Multiple: true})
	})
	for range 3 {
		if err := ch.Publish(t.Context(), "x", "k", Message{}, nil); err != nil {
			t.Fatal(err)
		}
	}
	var failed *UnconfirmedError
	if err := ch.WaitConfirms(t.Context()); !errors.As(err, &failed) || *failed != (UnconfirmedError{Nacked: 2}) {
		t.Errorf("after two nacks: %v", err)
	}
	if err := ch.PublishConfirm(t.Context(), "x", "k", Message{}, nil); err != nil {
		t.Error(err)
	}
	if err := ch.WaitConfirms(t.Context()); err != nil {
		t.Errorf("after none: %v", err)
	}
}

// TestR5_WaitConfirmsEnds has the channel closed, then the connection, while
// somebody waits. The trouble that it prevents: waiting for confirms hung when
// there was nobody left to send them.
func TestR5_WaitConfirmsEnds(t *testing.T) {
	for name, end := range map[string]func(*Channel) error{
		"channel":    (*Channel).Close,
		"connection": func(c *Channel) error { return c.conn.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			ch := confirming(t, nil, func(p *peer) {
				p.published(1)
				switch _, m, _ := p.next(); m.(type) {
				case *ChannelClose:
					p.send(1, &ChannelCloseOK{})
				default:
					p.send(0, &ConnectionCloseOK{})
				}
			})
			r := receipts(t, ch, 1, nil)[0]
			time.AfterFunc(20*time.Millisecond, func() { end(ch) })
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			if err := ch.WaitConfirms(ctx); !errors.Is(err, ErrClosed) || sentOf(err) != MaybeSent {
				t.Errorf("%v", err)
			}
			if err := r.Err(); !errors.Is(err, ErrClosed) || sentOf(err) != MaybeSent {
				t.Errorf("the receipt: %v", err)
			}
		})
	}
}

// TestWaitConfirmsOfTheSettled asks when the channel has ended, but only after all
// was settled: nothing is left open then.
func TestWaitConfirmsOfTheSettled(t *testing.T) {
	ch := confirming(t, nil, func(p *peer) {
		p.published(2)
		p.send(1, &BasicAck{DeliveryTag: 1}, &BasicNack{DeliveryTag: 2})
		expect[ChannelClose](p, 1)
		p.send(1, &ChannelCloseOK{})
	})
	for _, r := range receipts(t, ch, 2, nil) {
		<-r.Done()
	}
	if err := ch.Close(); err != nil {
		t.Fatal(err)
	}
	var failed *UnconfirmedError
	if err := ch.WaitConfirms(t.Context()); !errors.As(err, &failed) || *failed != (UnconfirmedError{Nacked: 1}) || sentOf(err) != WasSent {
		t.Errorf("after one nack: %v", err)
	}
	if err := ch.WaitConfirms(t.Context()); err != nil {
		t.Errorf("after none: %v", err)
	}
}

// TestWaitConfirmsNeedsConfirms waits for what nobody will say.
func TestWaitConfirmsNeedsConfirms(t *testing.T) {
	ch := openOn(t, connect(t, nil, func(p *peer) { p.openChannel(1) }), nil)
	if err := ch.WaitConfirms(t.Context()); !isA[*UsageError](err) || sentOf(err) != NotSent || ch.Err() != nil {
		t.Errorf("without confirms: %v", err)
	}
}

// TestImpossibleConfirms settles what was not published.
func TestImpossibleConfirms(t *testing.T) {
	for name, m := range map[string]Method{
		"ahead": &BasicAck{DeliveryTag: 2}, "none": &BasicAck{}, "nack ahead": &BasicNack{DeliveryTag: 9, Multiple: true},
	} {
		t.Run(name, func(t *testing.T) {
			ch := confirming(t, nil, func(p *peer) {
				p.published(1)
				p.send(1, m)
				expect[ConnectionClose](p, 0)
			})
			r := receipts(t, ch, 1, nil)[0]
			var protocol *ProtocolError
			if err := r.Wait(t.Context()); !errors.As(err, &protocol) || sentOf(err) != MaybeSent {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestReceiptsNeedConfirms asks for one on a plain channel.
func TestReceiptsNeedConfirms(t *testing.T) {
	conn := connect(t, nil, func(p *peer) { p.openChannel(1) })
	ch := openOn(t, conn, nil)
	var usage *UsageError
	if _, err := ch.PublishReceipt(t.Context(), "x", "k", Message{}, nil); !errors.As(err, &usage) || sentOf(err) != NotSent {
		t.Errorf("%v", err)
	}
}

// TestManyConfirm publishes from many goroutines through a narrow window,
// while the peer settles at random: every publish resolves.
func TestManyConfirm(t *testing.T) {
	const publishers, messages = 20, 50
	ch := confirming(t, &ConfirmOptions{Window: 7}, func(p *peer) {
		r := rand.New(rand.NewPCG(1, 2))
		var open []DeliveryTag
		for n := DeliveryTag(1); n <= publishers*messages; n++ {
			p.published(1)
			open = append(open, n)
			for len(open) > 6 || len(open) > 0 && (r.IntN(2) == 0 || n == publishers*messages) {
				i := r.IntN(len(open))
				p.send(1, &BasicAck{DeliveryTag: open[i]})
				open = append(open[:i], open[i+1:]...)
			}
		}
	})
	var group sync.WaitGroup
	for range publishers {
		group.Go(func() {
			for range messages {
				r, err := ch.PublishReceipt(t.Context(), "x", "k", Message{Body: []byte("m")}, nil)
				if err != nil {
					t.Error(err)
					return
				}
				group.Go(func() {
					if err := r.Wait(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
		})
	}
	group.Wait()
}

// TestR6_ShutdownAwaitsConfirms has the peer confirm late. The trouble that it
// prevents: a shutdown lost what was not confirmed yet.
func TestR6_ShutdownAwaitsConfirms(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		expect[ConfirmSelect](p, 1)
		p.send(1, &ConfirmSelectOK{})
		p.published(1)
		time.Sleep(20 * time.Millisecond)
		p.send(1, &BasicAck{DeliveryTag: 1})
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	if err := ch.SelectConfirm(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	r := receipts(t, ch, 1, nil)[0]
	if err := conn.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := r.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestPointersAreRequests publishes and gets by pointers to the methods, which
// the compiler takes: the ledger counts what they publish.
func TestPointersAreRequests(t *testing.T) {
	ch := confirming(t, nil, func(p *peer) {
		p.published(2)
		p.send(1, &BasicAck{DeliveryTag: 2, Multiple: true})
	})
	if _, _, err := CallContent(t.Context(), ch, &BasicPublish{RoutingKey: "a"}, Content{}); err != nil {
		t.Fatal(err)
	}
	if err := receipts(t, ch, 1, nil)[0].Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestReturnsOfEqualsInOrder publishes the same message without a receipt and with
// one, whole and from a reader: the first return is of the first, and OnReturn's.
func TestReturnsOfEqualsInOrder(t *testing.T) {
	mandatory := &PublishOptions{Mandatory: true}
	body := strings.Repeat("b", 100<<10)
	for name, publish := range map[string]func(*Channel) error{
		"whole": func(ch *Channel) error {
			return ch.Publish(t.Context(), "", "k", Message{Body: []byte(body)}, mandatory)
		},
		"from a reader": func(ch *Channel) error {
			return ch.PublishFrom(t.Context(), "", "k", BasicProperties{}, strings.NewReader(body), int64(len(body)), mandatory)
		},
	} {
		t.Run(name, func(t *testing.T) {
			heard := make(chan Return, 1)
			conn := connect(t, nil, func(p *peer) {
				p.openChannel(1)
				expect[ConfirmSelect](p, 1)
				p.send(1, &ConfirmSelectOK{})
				p.published(2)
				p.write(appendContent(t, nil, 1, &BasicReturn{ReplyCode: 312, RoutingKey: "k"}, &BasicProperties{}, []byte(body)))
				p.send(1, &BasicAck{DeliveryTag: 2, Multiple: true})
			})
			ch := openOn(t, conn, &ChannelEvents{OnReturn: func(r Return) { heard <- r }})
			if err := ch.SelectConfirm(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			if err := publish(ch); err != nil {
				t.Fatal(err)
			}
			r, err := ch.PublishReceipt(t.Context(), "", "k", Message{Body: []byte(body)}, mandatory)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Wait(t.Context()); err != nil {
				t.Errorf("the one that was not returned: %v", err)
			}
			select {
			case <-heard:
			case <-time.After(2 * time.Second):
				t.Error("OnReturn heard of none")
			}
		})
	}
}
