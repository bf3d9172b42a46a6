package peer

import (
	"bytes"
	"net"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// sink takes all that is written at once.
type sink struct {
	net.Conn
	bytes.Buffer
}

func (s *sink) Write(b []byte) (int, error)     { return s.Buffer.Write(b) }
func (s *sink) Read(b []byte) (int, error)      { return s.Buffer.Read(b) }
func (s *sink) SetReadDeadline(time.Time) error { return nil }

// tags takes out the deliveries and returns their tags.
func (s *sink) tags(t *testing.T) (tags []uint64) {
	t.Helper()
	for s.Len() > 0 {
		f, err := amqp08.ReadFrame(&s.Buffer, frameMax)
		if err != nil {
			t.Fatal(err)
		}
		if f.Type != amqp08.FrameMethod {
			continue
		}
		var m amqp08.BasicDeliver
		if err := m.UnmarshalBinary(f.Payload); err != nil {
			t.Fatal(err)
		}
		tags = append(tags, uint64(m.DeliveryTag))
	}
	return tags
}

// TestPrefetch wants no more deliveries than the prefetch allows.
func TestPrefetch(t *testing.T) {
	c, nc := &consumer{channel: 1, prefetch: 3}, new(sink)
	if err := c.fill(QueueName(7, 200_000, Base)); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		ack, first, last uint64
	}{
		{0, 1, 3}, {0, 4, 3}, {2, 4, 5}, {5, 6, 7}, {7, 8, 7},
	} {
		if step.ack > 0 {
			if err := c.ack(step.ack, true); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.push(nc); err != nil {
			t.Fatal(err)
		}
		next := step.first
		for _, tag := range nc.tags(t) {
			if tag != next {
				t.Errorf("after the acknowledgement of %d comes %d, not %d", step.ack, tag, next)
			}
			next++
		}
		if next != step.last+1 {
			t.Errorf("after the acknowledgement of %d the last is %d, not %d", step.ack, next-1, step.last)
		}
	}
}

func TestAcknowledgementsOutOfOrder(t *testing.T) {
	for _, c := range []struct {
		tag      uint64
		multiple bool
		right    bool
	}{
		{4, false, true}, {5, true, true}, {9, true, true},
		{3, false, false}, {3, true, false}, {0, true, false}, {5, false, false}, {10, true, false},
	} {
		err := (&consumer{sent: 9, acked: 3}).ack(c.tag, c.multiple)
		if (err == nil) != c.right {
			t.Errorf("%d, multiple %t: %v", c.tag, c.multiple, err)
		}
	}
}

func TestConfirms(t *testing.T) {
	c := confirms{channel: 2}
	for _, channel := range []uint16{2, 1, 2} {
		c.count(channel)
	}
	f, err := amqp08.ReadFrame(bytes.NewReader(c.append(nil)), frameMax)
	if err != nil {
		t.Fatal(err)
	}
	var m amqp08.BasicAck
	if err := m.UnmarshalBinary(f.Payload); err != nil || m.DeliveryTag != 2 || !m.Multiple || f.Channel != 2 {
		t.Errorf("%v on channel %d: %v", m, f.Channel, err)
	}
	if b := c.append(nil); len(b) > 0 {
		t.Errorf("confirmed twice: %x", b)
	}
}
