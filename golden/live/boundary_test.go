package live

import (
	"bytes"
	"testing"

	"github.com/amqpgen/amqpgen/generated/amqp08"
	"github.com/amqpgen/amqpgen/generated/rabbitmq"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

// leastFrame is the least frame-max that a peer has to agree to.
const leastFrame = 4096

// boundaries are bodies that just fit into whole frames, and those beside.
func boundaries() (bodies [][]byte) {
	const payload = leastFrame - 8
	for _, frames := range []int{1, 2, 3, 16, 17} { // above 64 KiB bodies are lent, not copied
		for octets := frames*payload - 1; octets <= frames*payload+2; octets++ {
			body := make([]byte, octets)
			for i := range body {
				body[i] = byte(i ^ i>>8)
			}
			bodies = append(bodies, body)
		}
	}
	return bodies
}

// TestBoundaries sends bodies around the octets of whole frames to and fro,
// with the least frame-max.
func TestBoundaries(t *testing.T) {
	ctx, node := bounded(t), rabbit.ForTest(t)
	t.Run("0-8", func(t *testing.T) {
		conn := dial(t, node, &amqp08.Config{FrameMax: leastFrame})
		ch := open(t, conn, nil)
		q := queue(t, ch)
		for _, body := range boundaries() {
			must(t, ch.Publish(ctx, "", q, amqp08.Message{Body: body}, nil))
		}
		expectBodies(t, conn.FrameMax(), func(yield func([]byte, error) bool) {
			for d, err := range ch.Consume(ctx, q, &amqp08.ConsumeOptions{NoAck: true}) {
				if !yield(d.Body, err) {
					return
				}
			}
		})
	})
	t.Run("rabbitmq", func(t *testing.T) {
		conn, err := rabbitmq.Dial(ctx, node.URI(), &rabbitmq.Config{FrameMax: leastFrame})
		must(t, err)
		defer conn.Close()
		ch, q := confirming(t, conn, nil)
		for _, body := range boundaries() {
			must(t, ch.PublishConfirm(ctx, "", q, rabbitmq.Message{Body: body}, nil))
		}
		expectBodies(t, conn.FrameMax(), func(yield func([]byte, error) bool) {
			for d, err := range ch.Consume(ctx, q, &rabbitmq.ConsumeOptions{NoAck: true}) {
				if !yield(d.Body, err) {
					return
				}
			}
		})
	})
	report(t, "%d bodies to and fro in frames of %d, over 0-8 and 0-9-1", len(boundaries()), leastFrame)
}

// expectBodies wants all the boundaries, in their order.
func expectBodies(t *testing.T, frameMax int, arriving func(func([]byte, error) bool)) {
	t.Helper()
	if frameMax != leastFrame {
		t.Errorf("agreed on frames of %d octets", frameMax)
	}
	left := boundaries()
	for body, err := range arriving {
		must(t, err)
		if !bytes.Equal(body, left[0]) {
			t.Errorf("%d octets came back as %d, or others", len(left[0]), len(body))
		}
		if left = left[1:]; len(left) == 0 {
			return
		}
	}
}
