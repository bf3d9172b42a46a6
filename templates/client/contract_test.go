package client

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

// contractLoop ranges over a consumer of which the peer delivers three messages
// and then serves what comes, and tells what the loop saw. The body may leave.
func contractLoop(t *testing.T, o *ConsumeOptions, ends Method, body func(ctx context.Context, cancel func(error), tag DeliveryTag) bool) (tags []DeliveryTag, errs []error, a *account) {
	t.Helper()
	result := make(chan *account, 1)
	conn := connect(t, nil, func(p *peer) {
		a := &account{p: p}
		p.openChannel(1)
		if o.NoAck {
			expect[BasicConsume](p, 1)
			p.send(1, &BasicConsumeOK{ConsumerTag: "c"})
		} else {
			p.startConsumer(1, "c")
		}
		a.made(1, 3)
		p.deliver(1, "c", 1, 3)
		if ends != nil {
			p.send(1, ends)
		}
		a.until()
		p.send(0, &ConnectionCloseOK{})
		result <- a
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	for d, err := range openOn(t, conn, nil).Consume(ctx, "q", o) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if tags = append(tags, d.DeliveryTag); !body(ctx, cancel, d.DeliveryTag) {
			break
		}
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	return tags, errs, <-result
}

func goOn(context.Context, func(error), DeliveryTag) bool { return true }

func leaveAt(last DeliveryTag) func(context.Context, func(error), DeliveryTag) bool {
	return func(_ context.Context, _ func(error), tag DeliveryTag) bool { return tag < last }
}

// TestContract1YieldsThenOneError: it yields deliveries any number of times, then
// at most one error, although the loop would go on.
func TestContract1YieldsThenOneError(t *testing.T) {
	tags, errs, _ := contractLoop(t, &ConsumeOptions{}, &BasicCancel{ConsumerTag: "c", NoWait: true}, goOn)
	if !slices.Equal(tags, []DeliveryTag{1, 2, 3}) || len(errs) != 1 {
		t.Errorf("deliveries %v, errors %v", tags, errs)
	}
}

// TestContract2NoErrorAfterBreak: it falls out without an error after break.
func TestContract2NoErrorAfterBreak(t *testing.T) {
	tags, errs, _ := contractLoop(t, &ConsumeOptions{}, nil, leaveAt(2))
	if len(tags) != 2 || len(errs) != 0 {
		t.Errorf("deliveries %v, errors %v", tags, errs)
	}
}

// TestContract3EndsWithTheCause: the end of ctx yields its cause, a server's
// cancel a ConsumerCancelledError, also in the middle of a batch.
func TestContract3EndsWithTheCause(t *testing.T) {
	enough := errors.New("enough")
	_, errs, _ := contractLoop(t, &ConsumeOptions{}, nil, func(_ context.Context, cancel func(error), _ DeliveryTag) bool {
		cancel(enough)
		return true
	})
	if len(errs) != 1 || !errors.Is(errs[0], enough) {
		t.Errorf("the context's end yields %v", errs)
	}
	tags, errs, _ := contractLoop(t, &ConsumeOptions{}, &BasicCancel{ConsumerTag: "c", NoWait: true}, func(context.Context, func(error), DeliveryTag) bool {
		time.Sleep(5 * time.Millisecond) // the cancel is there before the batch ends
		return true
	})
	if len(tags) != 3 || len(errs) != 1 || !isA[*ConsumerCancelledError](errs[0]) {
		t.Errorf("the server's cancel yields %v after %v", errs, tags)
	}
}

// TestContract4HandsBack: on any exit the consumer is cancelled and what was
// prefetched goes back, unless NoAck is set.
func TestContract4HandsBack(t *testing.T) {
	for _, c := range []struct {
		noAck, dead bool
		want        string
	}{{false, false, "[2 3]"}, {false, true, "[2 3]"}, {true, false, "[]"}} {
		_, _, a := contractLoop(t, &ConsumeOptions{NoAck: c.noAck}, nil, func(_ context.Context, cancel func(error), _ DeliveryTag) bool {
			time.Sleep(20 * time.Millisecond) // all three are here
			if c.dead {
				cancel(nil)
			}
			return c.dead
		})
		if got := sorted(a.rejected); got != c.want || !a.cancelled {
			t.Errorf("%+v: %s went back; cancelled: %v", c, got, a.cancelled)
		}
	}
}

// TestContract5SecondRange: another range over the same sequence is another
// consumer.
func TestContract5SecondRange(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		for _, tag := range []string{"one", "two"} {
			p.startConsumer(1, tag)
			p.deliver(1, tag, 1, 1)
			p.endConsumer(1, tag)
		}
		p.closeConnection()
	})
	loop, tags := openOn(t, conn, nil).Consume(t.Context(), "q", nil), ""
	for range 2 {
		for d := range loop {
			tags += d.ConsumerTag
			break
		}
	}
	if tags != "onetwo" {
		t.Errorf("consumers %s", tags)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestContract6NothingRemains: with the connection still open no goroutine of a
// consumer is left after the loop.
func TestContract6NothingRemains(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "c")
		p.deliver(1, "c", 1, 1)
		p.endConsumer(1, "c")
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	for range ch.Consume(t.Context(), "q", nil) {
		break
	}
	if n := len(ch.consuming()); n != 0 {
		t.Errorf("%d consumers are known", n)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestR12_StaleDelivery settles a delivery in each way after its channel has
// ended: a local error of its own type, with the cause in it. The trouble that it
// prevents: a late ack was an error of the protocol, which cost the next channel.
func TestR12_StaleDelivery(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "c")
		p.deliver(1, "c", 1, 2)
		p.send(1, &ChannelClose{ReplyCode: ReplyNotFound})
		expect[ChannelCloseOK](p, 1)
		if _, m, _ := p.next(); m.ID() != (ConnectionClose{}).ID() {
			p.fatalf("%v", m)
		}
		p.send(0, &ConnectionCloseOK{})
	})
	ch := openOn(t, conn, nil)
	for d, err := range ch.Consume(t.Context(), "q", gather(10)) {
		if err != nil {
			break
		}
		<-ch.Done()
		for name, settle := range map[string]func(context.Context) error{"ack": d.Ack, "multiple": d.AckMultiple, "reject": d.Reject, "requeue": d.Requeue} {
			var stale *StaleDeliveryError
			var op *OpError
			err := settle(t.Context())
			if !errors.As(err, &stale) || !errors.Is(err, ReplyNotFound) || !errors.As(err, &op) || op.Sent != NotSent || stale.DeliveryTag != 1 {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestTolerateUnknown has a peer send a method of its own, with content in
// several frames: it is skipped, or ends the connection.
func TestTolerateUnknown(t *testing.T) {
	unknown, _ := Frame{FrameMethod, 1, []byte{0, 60, 0x7f, 0xff, 1, 2, 3}}.AppendBinary(nil)
	head, _ := Frame{FrameHeader, 1, []byte{0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0}}.AppendBinary(nil)
	part, _ := Frame{FrameBody, 1, []byte("hello")}.AppendBinary(nil)
	for _, tolerate := range []bool{true, false} {
		conn := connect(t, &Config{Heartbeat: -1, TolerateUnknown: tolerate}, func(p *peer) {
			p.openChannel(1)
			expect[QueuePurge](p, 1)
			p.write(slices.Concat(unknown, unknown, head, part, part[:9]))
			time.Sleep(time.Millisecond) // a body frame in two reads
			p.write(part[9:])
			if tolerate {
				p.send(1, &QueuePurgeOK{MessageCount: 7})
				p.closeConnection()
			}
		})
		n, err := openOn(t, conn, nil).PurgeQueue(t.Context(), "q", nil)
		if tolerate && (n != 7 || err != nil) || !tolerate && !isA[*ProtocolError](err) {
			t.Errorf("tolerated %v: %d, %v", tolerate, n, err)
		}
		conn.Close()
	}
}

// TestUnknownWithinContent has the unknown method come where content is due,
// which nothing excuses.
func TestUnknownWithinContent(t *testing.T) {
	unknown, _ := Frame{FrameMethod, 1, []byte{0, 60, 0x7f, 0xff}}.AppendBinary(nil)
	conn := connect(t, &Config{Heartbeat: -1, TolerateUnknown: true}, func(p *peer) {
		p.openChannel(1)
		expect[BasicGet](p, 1)
		p.write(appendMethodFrame(t, nil, 1, &BasicGetOK{DeliveryTag: 1}))
		p.write(unknown)
	})
	if _, _, err := openOn(t, conn, nil).Get(t.Context(), "q", nil); !isA[*ProtocolError](err) {
		t.Error(err)
	}
}

// TestOverflowStallsNobody has one consumer given up, with an error that says what
// to do: another channel is served before and after.
func TestOverflowStallsNobody(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.openChannel(2)
		p.startConsumer(1, "c")
		p.deliver(1, "c", 1, 50)
		for {
			switch channel, m, _ := p.next(); m := m.(type) {
			case *BasicCancel:
				p.send(channel, &BasicCancelOK{ConsumerTag: m.ConsumerTag})
			case *QueuePurge:
				p.send(channel, &QueuePurgeOK{})
			case *ConnectionClose:
				p.send(0, &ConnectionCloseOK{})
				return
			}
		}
	})
	ch, other := openOn(t, conn, nil), openOn(t, conn, nil)
	var last error
	for _, err := range ch.Consume(t.Context(), "q", &ConsumeOptions{Prefetch: 4}) {
		if last = err; err == nil {
			time.Sleep(10 * time.Millisecond)
		}
		if _, err := other.PurgeQueue(t.Context(), "q", nil); err != nil {
			t.Error(err)
		}
	}
	var overflow *OverflowError
	if !errors.As(last, &overflow) || overflow.Remedy == "" {
		t.Errorf("got %v", last)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
