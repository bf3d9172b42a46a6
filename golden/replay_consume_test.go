package golden_test

import (
	"iter"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// consume: deliveries on channel 2 of what channel 1 publishes, and all that can be done with them.
func consume(c *client) {
	ctx, conn := c.ctx, c.connect()
	publisher := c.channel(conn, nil)
	consumer := c.channel(conn, nil)
	publishThree(c, publisher)

	// A tag of the client's own, two messages at a time.
	sub := c.subscribe(consumer.Consume(ctx, "golden.consume", &amqp08.ConsumeOptions{Prefetch: 2, ConsumerTag: "golden.tag"}))
	d := sub.next("one")
	sub.next("two")
	c.must(d.Ack(ctx))
	d = sub.next("three")
	c.must(d.AckMultiple(ctx))

	// Rejected and delivered again; recovered and delivered again; rejected for good.
	c.must(publisher.Publish(ctx, "", "golden.consume", message("four"), nil))
	d = sub.next("four")
	c.must(d.Requeue(ctx))
	sub.next("four")
	c.must(consumer.Recover(ctx))
	d = sub.next("four")
	c.must(d.Reject(ctx))
	sub.leave()

	// A tag of the broker's, and no acknowledgements.
	sub = c.subscribe(consumer.Consume(ctx, "golden.consume", &amqp08.ConsumeOptions{NoLocal: true, NoAck: true}))
	c.server.await(c.T, 2, "basic.consume-ok")
	c.must(publisher.Publish(ctx, "", "golden.consume", amqp08.Message{}, nil))
	d = sub.next("")
	c.must(consumer.Cancel(ctx, d.ConsumerTag))
	sub.leave()

	// Exclusive.
	c.must(consumer.Qos(ctx, 0, &amqp08.QosOptions{Global: true}))
	sub = c.subscribe(consumer.Consume(ctx, "golden.consume", &amqp08.ConsumeOptions{Prefetch: -1, ConsumerTag: "golden.alone", Exclusive: true}))
	c.server.await(c.T, 3, "basic.consume-ok")
	c.must(consumer.Cancel(ctx, "golden.alone"))
	sub.leave()

	// Without waiting, both at the beginning and the end. The loop is left only after the channel is closed,
	// since it would cancel again and wait.
	sub = c.subscribe(consumer.Consume(ctx, "golden.consume", &amqp08.ConsumeOptions{Prefetch: -1, ConsumerTag: "golden.silent", NoWait: true}))
	c.server.await(c.T, 4, "basic.consume (")
	c.must(publisher.Publish(ctx, "", "golden.consume", message("silent"), nil))
	d = sub.next("silent")
	c.must(d.Ack(ctx))
	c.must(consumer.BasicCancelNoWait(ctx, amqp08.BasicCancel{ConsumerTag: "golden.silent"}))
	c.must(consumer.CloseWith(amqp08.ChannelClose{}))
	sub.leave()

	c.reply(publisher.DeleteQueue(ctx, "golden.consume", nil))
	c.must(publisher.CloseWith(amqp08.ChannelClose{}))
	c.must(conn.CloseWith(amqp08.ConnectionClose{}))
}

// publishThree declares the queue and puts the first three messages into it.
func publishThree(c *client, publisher *amqp08.Channel) {
	c.reply(publisher.DeclareQueue(c.ctx, "golden.consume", nil))
	c.must(publisher.Publish(c.ctx, "", "golden.consume", message("one"), nil))
	c.must(publisher.Publish(c.ctx, "", "golden.consume", message("two"), nil))
	three := message("three")
	three.DeliveryMode = 2
	c.must(publisher.Publish(c.ctx, "", "golden.consume", three, nil))
}

// subscription is a loop over deliveries that stands still in its body until it is asked to go on.
type subscription struct {
	c          *client
	deliveries chan amqp08.Delivery
	on         chan bool // false: leave the loop
	inBody     bool
	over       chan struct{} // closed when the loop has ended
	err        error         // with which it ended
}

// subscribe begins a loop, which starts its consumer, in a goroutine of its own.
func (c *client) subscribe(deliveries iter.Seq2[amqp08.Delivery, error]) *subscription {
	s := &subscription{c: c, deliveries: make(chan amqp08.Delivery), on: make(chan bool), over: make(chan struct{})}
	go s.loop(deliveries)
	return s
}

func (s *subscription) loop(deliveries iter.Seq2[amqp08.Delivery, error]) {
	defer close(s.over)
	for d, err := range deliveries {
		if err != nil {
			s.err = err
			return
		}
		if !s.body(d) {
			return
		}
	}
}

// body hands a delivery over and waits until the scenario is done with it.
func (s *subscription) body(d amqp08.Delivery) (more bool) {
	select {
	case s.deliveries <- d:
	case <-s.c.ctx.Done():
		return false
	}
	select {
	case more = <-s.on:
	case <-s.c.ctx.Done():
	}
	return more
}

// next goes on to the next delivery.
func (s *subscription) next(body string) *amqp08.Delivery {
	s.c.Helper()
	s.leaveBody(true)
	select {
	case d := <-s.deliveries:
		s.inBody = true
		equal(s.c, "body", string(d.Body), body)
		return &d
	case <-s.over:
		s.c.Fatalf("no delivery of %q: %v", body, s.err)
	}
	return nil
}

// leave waits for the end of the loop, which comes by break if a delivery was handed over.
func (s *subscription) leave() {
	s.leaveBody(false)
	<-s.over
}

func (s *subscription) leaveBody(on bool) {
	if s.inBody {
		s.on <- on
	}
	s.inBody = false
}
