package client

import (
	"context"
	"time"
)

const defaultAckWithin = 100 * time.Millisecond

// settlement is what a method tells the server of deliveries.
type settlement struct {
	tag      DeliveryTag
	multiple bool
	acks     bool
}

// settling is implemented by the methods that settle deliveries.
type settling interface{ settles() settlement }

func (m BasicAck) settles() settlement { return settlement{m.DeliveryTag, m.Multiple, true} }

func (m BasicReject) settles() settlement { return settlement{tag: m.DeliveryTag} }

// ackEvery is how many acknowledgements a consumer gathers, for what it was told
// to. At most half of the prefetch waits, lest the server wait for it.
func ackEvery(every, prefetch int) int {
	if prefetch > 0 {
		every = min(every, prefetch/2)
	}
	return max(every, 1)
}

// gathers reports whether the consumer's acknowledgements leave together.
func (c *consumer) gathers() bool { return c.ackEvery > 1 }

// keepTally begins to follow the channel's deliveries. Of those that came
// before nothing is known.
func (c *Channel) keepTally() {
	if !c.tally.CompareAndSwap(nil, new(tally)) {
		return
	}
	if c.received.Load() {
		c.conn.w.mu.Lock()
		defer c.conn.w.mu.Unlock()
		c.tally.Load().strays = true
	}
}

// arrives notes the tag of a delivery that is to be settled. Only the reader
// calls it.
func (c *Channel) arrives(tag DeliveryTag) {
	if !c.received.Load() {
		c.received.Store(true)
	}
	if c.tally.Load() != nil {
		c.arrived = append(c.arrived, tag)
	}
}

// tallyArrived enters what has arrived into the tally, before the program gets
// any of it. Only the reader calls it.
func (c *Channel) tallyArrived() {
	if len(c.arrived) == 0 {
		return
	}
	c.conn.w.mu.Lock()
	defer c.conn.w.mu.Unlock()
	t := c.tally.Load()
	for _, tag := range c.arrived {
		t.enter(tag)
	}
	c.arrived = c.arrived[:0]
}

// ack is send for the one method that is sent by the million: nothing of it is
// allocated. It is not urgent while the program has more deliveries at hand: then
// the flusher writes it, with others.
func (c *Channel) ack(ctx context.Context, d *Delivery, multiple bool) error {
	w := c.conn.w
	if err := w.beginLock(ctx, c, false); err != nil {
		return c.opError(opAck, NotSent, err)
	}
	start := w.mark()
	w.ack(c.id, BasicAck{DeliveryTag: d.DeliveryTag, Multiple: multiple})
	if t := c.tally.Load(); t != nil {
		t.settle(d.DeliveryTag, multiple)
	}
	if d.consumer != nil && d.consumer.more.Load() {
		w.commit(start)
		w.mu.Unlock()
		return nil
	}
	w.commitUnlock(start)
	return nil
}

// note leaves the ack of a delivery to be sent with others.
func (c *Channel) note(ctx context.Context, d *Delivery) error {
	w := c.conn.w
	if err := w.beginLock(ctx, c, false); err != nil {
		return c.opError(opAck, NotSent, err)
	}
	defer w.mu.Unlock()
	t := c.tally.Load()
	switch {
	case !t.note(d.DeliveryTag):
		return c.opError(opAck, NotSent, &UsageError{Field: "the delivery", Reason: "is settled already, with one after it"})
	case t.noted >= d.consumer.ackEvery || c.ledger.transactional():
		c.sendNoted(false)
	case !t.armed || d.consumer.ackWithin < t.within:
		c.arm(t, d.consumer.ackWithin)
	}
	return nil
}

// transactional reports whether what is published takes effect by a commit, and
// so what is acknowledged.
func (l *ledger) transactional() bool { return l != nil && !l.confirm }

// arm has what is noted sent after a while, unless it is sooner anyway.
func (c *Channel) arm(t *tally, within time.Duration) {
	due := time.Now().Add(within)
	if t.armed && !due.Before(t.due) {
		return
	}
	t.armed, t.within, t.due = true, within, due
	if t.timer != nil {
		t.timer.Reset(within)
		return
	}
	t.timer = time.AfterFunc(within, func() {
		c.conn.w.mu.Lock()
		defer c.conn.w.mu.Unlock()
		t.armed = false
		c.sendNoted(true)
	})
}

// sendNoted queues acks for what is noted: for all, or for what one ack can
// settle. The writer's lock is held.
func (c *Channel) sendNoted(all bool) {
	w, t := c.conn.w, c.tally.Load()
	if t == nil || t.noted == 0 || c.sealed != nil || w.err != nil || w.broken != nil {
		return
	}
	start := w.mark()
	t.take(all, func(tag DeliveryTag, multiple bool) {
		w.ack(c.id, BasicAck{DeliveryTag: tag, Multiple: multiple})
	})
	if c.posting != nil {
		c.posting.later = append(c.posting.later, w.buf[start.size:]...)
		w.buf = w.buf[:start.size]
		return
	}
	w.commit(start)
}

// sendAcks is sendNoted for all, from anywhere.
func (c *Channel) sendAcks() {
	c.conn.w.mu.Lock()
	defer c.conn.w.mu.Unlock()
	c.sendNoted(true)
}

// acksBefore queues what is noted if the method is to come after it, as all do
// but those that settle other deliveries. The writer's lock is held.
func (c *Channel) acksBefore(m any) {
	if c.tally.Load() == nil {
		return
	}
	if s, ok := m.(settling); ok {
		if s := s.settles(); s.acks || !s.multiple {
			return
		}
	}
	c.sendNoted(true)
}

// follow has the tally follow a method that is queued. The writer's lock is held.
func (c *Channel) follow(m any) {
	t := c.tally.Load()
	if t == nil {
		return
	}
	if s, ok := m.(settling); ok {
		s := s.settles()
		t.settle(s.tag, s.multiple)
	}
}

// dropAcks forgets what is noted, at the channel's end.
func (c *Channel) dropAcks() {
	t := c.tally.Load()
	if t == nil {
		return
	}
	c.conn.w.mu.Lock()
	defer c.conn.w.mu.Unlock()
	if t.timer != nil {
		t.timer.Stop()
	}
}
