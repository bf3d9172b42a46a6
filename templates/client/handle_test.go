package client

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestHandleUnderBackPressure has the server read nothing for a minute while a
// handler's ack is due: the ack waits, and the consumer goes on.
func TestHandleUnderBackPressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := connectOver(t, pipePair, serverTune, nil, func(p *peer) {
			p.openChannel(1)
			p.startConsumer(1, "c")
			p.deliver(1, "c", 1, 1)
			time.Sleep(time.Minute) // reads nothing
			for {
				switch _, m, _ := p.next(); m.(type) {
				case *BasicAck:
					p.endConsumer(1, "c")
					p.closeConnection()
					return
				case *BasicPublish:
				default:
					p.fatalf("%v", m)
				}
			}
		})
		ch := openOn(t, conn, nil)
		err := ch.Handle(t.Context(), "q", func(context.Context, *Delivery) error {
			fill(t, ch, 16<<10)
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

// TestNothingStartsAfterFailure has a handler fail while what decides the fate
// of its delivery cannot be sent yet: no other delivery is handled meanwhile.
func TestNothingStartsAfterFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := connectOver(t, pipePair, serverTune, nil, func(p *peer) {
			p.openChannel(1)
			p.startConsumer(1, "c")
			p.deliver(1, "c", 1, 3)
			expect[BasicAck](p, 1)
			time.Sleep(time.Minute) // reads nothing
			for {
				switch _, m, _ := p.next(); m := m.(type) {
				case *BasicReject:
					if m.DeliveryTag != 1 {
						p.fatalf("%v", m)
					}
					p.endConsumer(1, "c")
					rejected(p, 1)
					p.closeConnection()
					return
				case *BasicPublish:
				default:
					p.fatalf("%v", m)
				}
			}
		})
		ch := openOn(t, conn, nil)
		broken := errors.New("broken")
		err := ch.Handle(t.Context(), "q", func(ctx context.Context, d *Delivery) error {
			switch d.DeliveryTag {
			case 1:
				time.Sleep(time.Second)
				fill(t, ch, 16<<10)
				return broken
			case 2:
				defer time.Sleep(10 * time.Second)
				return d.Ack(ctx)
			}
			t.Errorf("delivery %d is handled", d.DeliveryTag)
			return nil
		}, &ConsumeOptions{Concurrency: 2})
		if !errors.Is(err, broken) {
			t.Error(err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestStoppedHandlersBufferNothing has one handler stop a consumer without
// acknowledgement while another still runs: what comes meanwhile is not kept,
// and the connection is read.
func TestStoppedHandlersBufferNothing(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		expect[BasicConsume](p, 1)
		p.send(1, &BasicConsumeOK{ConsumerTag: "c"})
		p.deliver(1, "c", 1, 2)
		expect[QueuePurge](p, 1)
		p.deliver(1, "c", 3, 1000)
		p.send(1, &QueuePurgeOK{})
		p.endConsumer(1, "c")
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	second := make(chan struct{})
	err := ch.Handle(t.Context(), "q", func(ctx context.Context, d *Delivery) error {
		if d.DeliveryTag == 1 {
			<-second
			return ErrStop
		}
		close(second)
		cons := ch.consuming()[0]
		for !cons.stopped.Load() {
			time.Sleep(time.Millisecond)
		}
		if _, err := ch.PurgeQueue(ctx, "q", nil); err != nil {
			return err
		}
		cons.mu.Lock()
		defer cons.mu.Unlock()
		if cons.octets > 0 {
			t.Errorf("%d deliveries are kept", len(cons.queue.arrivals))
		}
		return nil
	}, &ConsumeOptions{NoAck: true, Concurrency: 2, MaxBuffered: 1 << 30})
	if err != nil {
		t.Error(err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestHandleSaysItOnce ends the context of many workers: its cause stands once
// in the error.
func TestHandleSaysItOnce(t *testing.T) {
	done := errors.New("done")
	for range 300 {
		conn := connect(t, nil, func(p *peer) {
			p.openChannel(1)
			p.startConsumer(1, "c")
			p.endConsumer(1, "c")
			p.closeConnection()
		})
		ctx, stop := context.WithCancelCause(t.Context())
		err := openOn(t, conn, nil).Handle(ctx, "q", func(context.Context, *Delivery) error { return nil }, &ConsumeOptions{Concurrency: 8, OnStart: func(string) {
			time.AfterFunc(time.Millisecond, func() { stop(done) })
		}})
		if n := strings.Count(err.Error(), "done"); n != 1 {
			t.Fatal(n, err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}
