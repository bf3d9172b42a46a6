package client

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestR2_ConfirmsNeedNoReader: closing hung while confirms were unread, and where
// that was mended, they were lost and everything else stood still meanwhile.
func TestR2_ConfirmsNeedNoReader(t *testing.T) {
	const messages = 500
	ch := confirming(t, nil, func(p *peer) {
		p.published(messages)
		for tag := range DeliveryTag(messages) {
			p.send(1, &BasicAck{DeliveryTag: tag + 1})
		}
		expect[QueuePurge](p, 1)
		p.send(1, &QueuePurgeOK{})
		p.closeConnection()
	})
	unread := receipts(t, ch, messages, nil)
	inTime(t, "a call and closing", time.Second, func() {
		if _, err := ch.PurgeQueue(t.Context(), "q", nil); err != nil {
			t.Error(err)
		}
		if err := ch.conn.Close(); err != nil {
			t.Error(err)
		}
	})
	for i, r := range unread {
		if err := r.Wait(t.Context()); err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
	}
}

// TestR2_PrefetchIsWhatWaits: messages could not be taken in batches, since what
// was there already came one by one, each after the last one's ack.
func TestR2_PrefetchIsWhatWaits(t *testing.T) {
	const batch = 10
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		if m := expect[BasicQos](p, 1); m.PrefetchCount != batch {
			p.fatalf("%v", m)
		}
		p.send(1, &BasicQosOK{})
		expect[BasicConsume](p, 1)
		p.send(1, &BasicConsumeOK{ConsumerTag: "c"})
		p.deliver(1, "c", 1, batch)
		if m := expect[BasicAck](p, 1); m.DeliveryTag != batch || !m.Multiple {
			p.fatalf("%v", m)
		}
		p.endConsumer(1, "c")
		p.closeConnection()
	})
	for d, err := range openOn(t, conn, nil).Consume(t.Context(), "q", &ConsumeOptions{Prefetch: batch}) {
		if err != nil {
			t.Fatal(err)
		}
		if d.DeliveryTag < batch {
			continue
		}
		if err := d.AckMultiple(t.Context()); err != nil {
			t.Error(err)
		}
		break
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestR11_PrefetchIsBounded: a consumer that nobody had told otherwise took in the
// whole queue, until the memory was full.
func TestR11_PrefetchIsBounded(t *testing.T) {
	for name, o := range map[string]*ConsumeOptions{"no options": nil, "zero options": {}} {
		t.Run(name, func(t *testing.T) {
			conn := connect(t, nil, func(p *peer) {
				p.openChannel(1)
				if m := expect[BasicQos](p, 1); m.PrefetchCount == 0 || m.PrefetchCount > 1000 {
					p.fatalf("%v", m)
				}
				p.send(1, &ChannelClose{ReplyCode: ReplyNotAllowed})
				expect[ChannelCloseOK](p, 1)
			})
			for _, err := range openOn(t, conn, nil).Consume(t.Context(), "q", o) {
				if !errors.Is(err, ReplyNotAllowed) {
					t.Error(err)
				}
			}
		})
	}
}

// TestR10_DeliveryFromNowhere: a delivery that no server had sent, as loops yielded
// after their end, made the program panic.
func TestR10_DeliveryFromNowhere(t *testing.T) {
	var d Delivery
	for name, settle := range map[string]func(context.Context) error{
		"ack": d.Ack, "multiple": d.AckMultiple, "reject": d.Reject, "requeue": d.Requeue,
		"reply": func(ctx context.Context) error { return d.Reply(ctx, Message{}) },
	} {
		if err := settle(t.Context()); !isA[*UsageError](err) || sentOf(err) != NotSent {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n, err := d.Reader().Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("its body: %d octets, %v", n, err)
	}
	if clone := d.Clone(); clone.Epoch() != 0 {
		t.Errorf("epoch %d", clone.Epoch())
	}
}
