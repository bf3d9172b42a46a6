package client

import (
	"context"
	"strings"
	"testing"
	"time"
)

// keepsLittle fails the test if the heap stays larger than it was by more than so
// many octets.
func keepsLittle(t *testing.T, before uint64, most uint64) {
	t.Helper()
	var heap uint64
	for range 20 {
		if _, heap = held(); heap < before+most {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d MiB are kept", (heap-before)>>20)
}

// waitingFor waits until n deliveries wait for the program.
func waitingFor(ch *Channel, n int) {
	cons := ch.consuming()[0]
	for waiting := 0; waiting < n; time.Sleep(time.Millisecond) {
		cons.mu.Lock()
		waiting = len(cons.queue.arrivals)
		cons.mu.Unlock()
	}
}

// TestLargeHeaderIsForgotten has one large header and then small ones. The trouble
// that it prevents: a channel remembered it for ever, to compare others with it.
func TestLargeHeaderIsForgotten(t *testing.T) {
	const size, small = 12 << 20, 60
	_, before := held()
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "c")
		headers := TableOf(map[string]any{"a": strings.Repeat("x", size)})
		p.write(appendContent(t, nil, 1, &BasicDeliver{ConsumerTag: "c", DeliveryTag: 1}, &BasicProperties{Headers: headers}, nil))
		for tag := range small { // one at a time, so that the reader's buffer shrinks again
			expect[BasicAck](p, 1)
			p.send(1, &BasicDeliver{ConsumerTag: "c", DeliveryTag: DeliveryTag(tag + 2)})
			p.write(basicHeaderFrame(t))
		}
		p.endConsumer(1, "c")
		p.closeConnection()
	})
	for d, err := range openOn(t, conn, nil).Consume(t.Context(), "q", nil) {
		if err != nil {
			t.Fatal(err)
		}
		if d.DeliveryTag == small+1 {
			break
		}
		if err := d.Ack(t.Context()); err != nil {
			t.Error(err)
		}
	}
	keepsLittle(t, before, size/2)
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// basicHeaderFrame is the content header of an empty message on channel 1.
func basicHeaderFrame(t *testing.T) []byte {
	t.Helper()
	f, err := Frame{FrameHeader, 1, mustAppend(t, basicHeader(0, BasicProperties{}))}.AppendBinary(nil)
	if err != nil {
		t.Error(err)
	}
	return f
}

// TestHandleForgetsLargeBodies has a large batch of large bodies and then small
// ones. The trouble that it prevents: what had stood behind the end of a smaller
// batch stayed.
func TestHandleForgetsLargeBodies(t *testing.T) {
	const size, large, small = 2 << 20, 16, 20
	for name, borrow := range map[string]bool{"owned": false, "borrowed": true} {
		t.Run(name, func(t *testing.T) {
			_, before := held()
			begun := make(chan struct{})
			conn := connect(t, nil, func(p *peer) {
				p.openChannel(1)
				p.startConsumer(1, "c")
				p.deliver(1, "c", 1, 1)
				<-begun
				for tag := range large {
					p.write(appendStreamed(t, nil, DeliveryTag(tag+2), make([]byte, size), 131064))
				}
				for range 1 + large {
					expect[BasicAck](p, 1)
				}
				for tag := range small {
					p.deliver(1, "c", large+2+tag, large+2+tag)
					expect[BasicAck](p, 1)
				}
				p.endConsumer(1, "c")
				p.closeConnection()
			})
			ch := openOn(t, conn, nil)
			err := ch.Handle(t.Context(), "q", func(_ context.Context, d *Delivery) error {
				switch d.DeliveryTag {
				case 1:
					close(begun)
					waitingFor(ch, large)
				case 1 + large + small:
					keepsLittle(t, before, large*size/2)
					return ErrStop
				}
				return nil
			}, &ConsumeOptions{Prefetch: 2 * large, Borrow: borrow})
			if err != nil {
				t.Error(err)
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestIdleConsumerKeepsLittle has large batches of large borrowed bodies and then
// nothing. The trouble that it prevents: the memory of all of them was kept for
// the next ones.
func TestIdleConsumerKeepsLittle(t *testing.T) {
	const size, batch, rounds = 3 << 20, 14, 2
	_, before := held()
	begun := make(chan struct{})
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "c")
		body := make([]byte, size)
		for range rounds {
			p.deliver(1, "c", 1, 1)
			<-begun
			for range batch {
				p.write(appendStreamed(t, nil, 2, body, 131064))
			}
			for range batch + 1 {
				expect[BasicAck](p, 1)
			}
		}
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	n := 0
	for d, err := range ch.Consume(t.Context(), "q", &ConsumeOptions{Prefetch: 2 * batch, Borrow: true}) {
		if err != nil {
			break
		}
		if d.DeliveryTag == 1 {
			begun <- struct{}{}
			waitingFor(ch, batch)
		}
		if err := d.Ack(t.Context()); err != nil {
			t.Error(err)
		}
		if n++; n == rounds*(batch+1) {
			go func() { // while the loop waits
				keepsLittle(t, before, batch*size/2)
				conn.Close()
			}()
		}
	}
	if n != rounds*(batch+1) {
		t.Errorf("%d deliveries", n)
	}
}
