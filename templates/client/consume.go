package client

import (
	"context"
	"iter"
	"math"
	"time"
)

// Consume starts a consumer on a queue and yields what the server delivers:
//
//	for d, err := range ch.Consume(ctx, "inbox", nil) {
//		if err != nil {
//			return err
//		}
//		…
//		if err := d.Ack(ctx); err != nil {
//			return err
//		}
//	}
//
// It yields any number of deliveries, then at most one error, which says why
// there are no more: the end of ctx, a [*ConsumerCancelledError], the channel's
// or the connection's end. Without an error the loop ends only by break or
// return. However it ends, the consumer is cancelled, and what was prefetched and
// not yielded goes back to the queue, unless NoAck is set. Each range is a new
// consumer. Nothing is left running.
//
// Unless o.NoAck is set, each delivery is to be settled: [Delivery.Ack],
// [Delivery.Reject], [Delivery.Requeue].
//
// With NoAck, or without a prefetch, the connection is not read while the loop
// is behind by more than o.MaxBuffered. Such a loop is not to wait for replies
// on its own connection: they could not come.
func (c *Channel) Consume(ctx context.Context, queue string, o *ConsumeOptions) iter.Seq2[Delivery, error] {
	return func(yield func(Delivery, error) bool) {
		cons, err := c.startConsumer(ctx, queue, o)
		if err != nil {
			yield(Delivery{}, err)
			return
		}
		if err := cons.each(ctx, yield); err != nil {
			yield(Delivery{}, c.opError("basic.consume", WasSent, err))
		}
	}
}

// each yields deliveries until there are no more, which is an error, or the
// loop is left, which is none. Either way the consumer is over then.
func (c *consumer) each(ctx context.Context, yield func(Delivery, error) bool) error {
	var taken batch
	var d Delivery
	var shown *envelope // in d
	next := 0
	defer func() { c.leave(ctx, taken.arrivals[next:]) }()
	c.started()
	for {
		if next == len(taken.arrivals) {
			var err error
			taken, err = c.take(ctx, taken)
			if next, shown = 0, nil; err != nil {
				return err
			}
		}
		if err := c.interrupted(ctx); err != nil {
			return err
		}
		a := &taken.arrivals[next]
		if e := &taken.envelopes[a.envelope]; e != shown {
			e.show(c, &d)
			shown = e
		}
		a.show(&d)
		next++
		c.leaves(len(taken.arrivals) - next)
		if !turn(ctx, &d, yield) {
			return nil
		}
	}
}

// turn yields a delivery. What the loop has not read of a streamed body is dropped
// then.
func turn(ctx context.Context, d *Delivery, yield func(Delivery, error) bool) bool {
	if d.stream != nil {
		d.stream.ctx = ctx
		defer d.stream.passOn()
	}
	return yield(*d, nil)
}

// interrupted says why no further delivery is to be handled, or nil.
func (c *consumer) interrupted(ctx context.Context) error {
	if c.stopped.Load() {
		return c.cause()
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// startConsumer asks for the prefetch and starts a consumer.
func (c *Channel) startConsumer(ctx context.Context, queue string, o *ConsumeOptions) (*consumer, error) {
	m := *o.consume(queue)
	cons := newConsumer(c, m, o)
	if m.NoWait && m.ConsumerTag == "" {
		return nil, c.opError("basic.consume", NotSent, &UsageError{Field: "ConsumerTag", Reason: "is needed with NoWait, since no reply tells the server's"})
	}
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return nil, c.opError("basic.consume", NotSent, context.Cause(ctx))
	}
	if m.NoWait && c.consumes(m.ConsumerTag) {
		return nil, c.opError("basic.consume", NotSent, &UsageError{Field: "ConsumerTag", Reason: "is that of another consumer of the channel"})
	}
	if err := c.askPrefetch(ctx, cons.prefetch); err != nil {
		return nil, err
	}
	if cons.gathers() {
		c.keepTally()
	}
	return cons, c.askConsume(ctx, m, cons)
}

// askConsume sends basic.consume and waits for the reply, unless it is waived.
func (c *Channel) askConsume(ctx context.Context, m BasicConsume, cons *consumer) error {
	if m.NoWait {
		c.register(cons, m.ConsumerTag)
		err := c.send(ctx, m)
		if err != nil {
			c.unregister(m.ConsumerTag)
			close(cons.left)
		}
		return err
	}
	s := newSlot(m)
	s.consumer = cons
	return c.ask(ctx, nil, s)
}

// askPrefetch asks for the prefetch of the consumer that comes next.
func (c *Channel) askPrefetch(ctx context.Context, prefetch int) error {
	if prefetch == 0 {
		return nil
	}
	if prefetch > math.MaxUint16 {
		return c.opError("basic.qos", NotSent, &UsageError{Field: "Prefetch", Reason: "is more than 65535"})
	}
	return c.Qos(ctx, uint16(prefetch), nil)
}

// register makes deliveries for the tag go to a consumer.
func (c *Channel) register(cons *consumer, tag string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cons.tag = tag
	if c.err == nil { // else the request fails, and there will be no loop or handler
		c.consumers[tag] = cons
	}
}

// consumes reports whether a consumer has the tag.
func (c *Channel) consumes(tag string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.consumers[tag] != nil
}

// consuming lists the consumers.
func (c *Channel) consuming() []*consumer {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []*consumer
	for _, cons := range c.consumers {
		out = append(out, cons)
	}
	return out
}

// unregister forgets a consumer, and returns it if there was one.
func (c *Channel) unregister(tag string) *consumer {
	c.mu.Lock()
	defer c.mu.Unlock()
	cons := c.consumers[tag]
	delete(c.consumers, tag)
	return cons
}

// ended forgets a consumer that the server has ended, once what came for it is
// handed over. Only the reader calls it.
func (c *Channel) ended(tag string, cause error) {
	cons := c.unregister(tag)
	if cons == nil {
		return
	}
	c.recent = nil
	cons.gone.Store(true)
	cons.pass()
	cons.end(cons.cancelledBecause(cause), false)
}

// cancelled ends the consumer of a basic.cancel that no reply will follow. It
// stays known, since deliveries may be on their way.
func (c *Channel) cancelled(tag string) {
	c.mu.Lock()
	cons := c.consumers[tag]
	c.mu.Unlock()
	if cons != nil {
		cons.end(&ConsumerCancelledError{ConsumerTag: tag}, false)
	}
}

// leave ends a consumer from the program's side: it is cancelled, what was not
// handled goes back, and the server has two seconds to agree, unless ctx ends.
func (c *consumer) leave(ctx context.Context, rest []arrival) {
	defer close(c.left)
	c.stopped.Store(true)
	c.channel.sendAcks()
	if c.gone.Load() || c.channel.Err() != nil {
		c.discard(rest)
		return
	}
	s := c.channel.drop(c, rest)
	timeout := time.NewTimer(closeWait)
	defer timeout.Stop()
	select {
	case <-s.done:
	case <-c.channel.done:
	case <-ctx.Done():
	case <-timeout.C:
	}
}

// drop ends a consumer that nobody listens to: it is cancelled, and then, so
// that it does not come again, what is here and what still comes goes back.
func (c *Channel) drop(cons *consumer, rest []arrival) *slot {
	s := c.dismiss(cons, nil)
	cons.discard(rest)
	return s
}

// dismiss cancels a consumer, once, without waiting, not even for room. The
// consumer ends, because of cause, when the server agrees.
func (c *Channel) dismiss(cons *consumer, cause error) *slot {
	cons.mu.Lock()
	s := cons.cancel
	first := s == nil
	if first {
		s = newSlot(BasicCancel{ConsumerTag: cons.tag})
		cons.cancel, cons.because = s, cause
	}
	cons.mu.Unlock()
	if first {
		c.control(s.request, func() { c.enter(s) })
	}
	return s
}

// cancelledBecause returns why this side has cancelled the consumer, or else
// the cause given.
func (c *consumer) cancelledBecause(cause error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.because != nil {
		return c.because
	}
	return cause
}

// Cancel ends a consumer by its tag, from anywhere. Its loop or handler gets
// what was delivered before, and then a [*ConsumerCancelledError].
func (c *Channel) Cancel(ctx context.Context, consumerTag string) error {
	_, err := c.BasicCancel(ctx, BasicCancel{ConsumerTag: consumerTag})
	return err
}

func (c *Channel) onBasicConsumeOK(b []byte, d *decoder) error {
	m := new(BasicConsumeOK)
	if err := d.end(m.decode(b, d)); err != nil {
		return err
	}
	s := c.slotFor(keyBasicConsumeOK)
	if s == nil {
		return ruleError("nothing was asked that this answers")
	}
	c.register(s.consumer, m.ConsumerTag)
	c.answer(s, m, Content{})
	return nil
}

func (c *Channel) onBasicCancelOK(b []byte, d *decoder) error {
	m := new(BasicCancelOK)
	if err := d.end(m.decode(b, d)); err != nil {
		return err
	}
	s := c.slotFor(keyBasicCancelOK)
	if s == nil {
		return ruleError("nothing was asked that this answers")
	}
	c.ended(m.ConsumerTag, &ConsumerCancelledError{ConsumerTag: m.ConsumerTag})
	c.answer(s, m, Content{})
	return nil
}

// onBasicCancel takes the server's own cancel, as when a queue is deleted.
func (c *Channel) onBasicCancel(b []byte, d *decoder) error {
	var m BasicCancel
	if err := d.end(m.decode(b, d)); err != nil {
		return err
	}
	c.ended(m.ConsumerTag, &ConsumerCancelledError{ConsumerTag: m.ConsumerTag, ByServer: true})
	c.log(Logger.Warn, "consumer cancelled by the server", "consumer", m.ConsumerTag)
	if !m.NoWait {
		c.control(BasicCancelOK{ConsumerTag: m.ConsumerTag}, nil)
	}
	return nil
}

// onBasicDeliver begins the content of a delivery.
func (c *Channel) onBasicDeliver(b []byte, d *decoder) error {
	m := &c.in.deliver
	if err := d.end(m.decode(b, d)); err != nil {
		return err
	}
	if c.recent == nil || c.recent.tag != m.ConsumerTag {
		c.mu.Lock()
		c.recent = c.consumers[m.ConsumerTag]
		c.mu.Unlock()
		if c.recent == nil {
			return ruleError("no consumer has the tag " + m.ConsumerTag)
		}
	}
	c.in.deliveryTo(c.recent, m)
	c.in.delivered.remember(b, m)
	return nil
}

// deliversAgain takes a basic.deliver like the one before, and reports whether it
// is one.
func (c *Channel) deliversAgain(payload []byte) bool {
	in := &c.in
	awaited := in.state == inNothing && c.recent != nil && !c.closing.Load()
	if !awaited || !in.delivered.again(payload, &in.deliver) {
		return false
	}
	in.octets = len(payload)
	in.expect(inDelivery, ClassBasic)
	return true
}

// deliver adds the delivery that is complete to those that the next hand-over
// gives to its consumer.
func (c *Channel) deliver(body []byte) {
	in, r := &c.in, c.conn.r
	cons := in.consumer
	r.received.delivered++
	if len(cons.fresh.arrivals) == 0 {
		r.touched = append(r.touched, cons)
	}
	if !cons.noAck {
		c.arrives(in.deliver.DeliveryTag)
	}
	if cons.borrow {
		cons.fresh.bodies.keep(body)
	}
	a, octets := cons.fresh.add(&in.envelope, in.edition)
	a.tag, a.redelivered, a.body, a.stream = in.deliver.DeliveryTag, in.deliver.Redelivered, body, in.stream
	cons.freshOctets += octets + in.octets + len(body)
}
