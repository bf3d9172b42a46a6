package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// account is what a peer knows of the deliveries that it has made.
type account struct {
	p        *peer
	open     []DeliveryTag // in their order
	acked    []DeliveryTag
	rejected []DeliveryTag
	acks     int // how many basic.ack came

	cancelled bool // nothing more is to be delivered
}

// settle takes a method that may settle deliveries, and reports whether it does.
// One that settles what is not open fails the test.
func (a *account) settle(m Method) bool {
	switch m := m.(type) {
	case *BasicAck:
		a.acks++
		a.acked = append(a.acked, a.remove(m.DeliveryTag, m.Multiple)...)
	case *BasicReject:
		a.rejected = append(a.rejected, a.remove(m.DeliveryTag, false)...)
	case *BasicNack:
		a.rejected = append(a.rejected, a.remove(m.DeliveryTag, m.Multiple)...)
	default:
		return false
	}
	return true
}

func (a *account) remove(tag DeliveryTag, multiple bool) []DeliveryTag {
	at := slices.Index(a.open, tag)
	if at < 0 {
		a.p.fatalf("delivery %d is settled, which is not open: %v", tag, a.open)
	}
	from := at
	if multiple {
		from = 0
	}
	tags := slices.Clone(a.open[from : at+1])
	a.open = slices.Delete(a.open, from, at+1)
	return tags
}

// serve answers a cancel, or settles, and otherwise returns what came.
func (a *account) serve() Method {
	channel, m, _ := a.p.next()
	if cancel, ok := m.(*BasicCancel); ok {
		a.cancelled = true
		a.p.send(channel, &BasicCancelOK{ConsumerTag: cancel.ConsumerTag})
		return nil
	}
	if a.settle(m) {
		return nil
	}
	return m
}

// until serves until something else comes.
func (a *account) until() Method {
	for {
		if m := a.serve(); m != nil {
			return m
		}
	}
}

// atMost serves until no more than n deliveries are open.
func (a *account) atMost(n int) {
	for len(a.open) > n {
		if m := a.serve(); m != nil {
			a.p.fatalf("%v", m)
		}
	}
}

// made adds deliveries.
func (a *account) made(first, last DeliveryTag) {
	for tag := first; tag <= last; tag++ {
		a.open = append(a.open, tag)
	}
}

func sorted(tags []DeliveryTag) string {
	slices.Sort(tags)
	return fmt.Sprint(tags)
}

// gather are options that send acks only when told to.
func gather(every int) *ConsumeOptions {
	return &ConsumeOptions{AckEvery: every, AckWithin: time.Hour}
}

// TestAcksLeaveTogether acknowledges in a loop: one ack comes for every few.
func TestAcksLeaveTogether(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "c")
		p.deliver(1, "c", 1, 25)
		for _, want := range []BasicAck{{10, true}, {20, true}, {25, true}} {
			if m := expect[BasicAck](p, 1); m != want {
				p.fatalf("%v where %v is due", m, want)
			}
		}
		p.endConsumer(1, "c")
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	for d, err := range ch.Consume(t.Context(), "q", gather(10)) {
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Ack(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := d.Ack(t.Context()); !isA[*UsageError](err) {
			t.Errorf("again: %v", err)
		}
		if d.DeliveryTag == 25 {
			break
		}
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestAcksOfManySettleExactly has two consumers and a get on one channel, whose
// deliveries are settled out of order, and some rejected: the server has exactly
// what the program says.
func TestAcksOfManySettleExactly(t *testing.T) {
	const deliveries = 600
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 2))
		result := make(chan *account, 1)
		conn := connect(t, nil, func(p *peer) {
			a := &account{p: p}
			p.openChannel(1)
			p.startConsumer(1, "a")
			p.startConsumer(1, "b")
			for tag := 1; tag <= deliveries; tag++ {
				a.made(DeliveryTag(tag), DeliveryTag(tag))
				if tag == deliveries/2 {
					a.until() // the basic.get
					p.write(appendContent(p.t, nil, 1, &BasicGetOK{DeliveryTag: DeliveryTag(tag)}, &BasicProperties{}, nil))
					continue
				}
				p.deliver(1, []string{"a", "b"}[tag%2], tag, tag)
			}
			if m := a.until(); m.ID() != (QueuePurge{}).ID() {
				p.fatalf("%v", m)
			}
			result <- a
			p.send(1, &QueuePurgeOK{})
			a.until()
			p.send(0, &ConnectionCloseOK{})
		})
		ch := openOn(t, conn, nil)
		acked, rejected := settleAtRandom(t, r, ch, deliveries)
		if _, err := ch.PurgeQueue(t.Context(), "q", nil); err != nil {
			t.Fatal(err)
		}
		a := <-result
		if got, want := sorted(a.acked), sorted(acked); got != want {
			t.Fatalf("seed %d: acked on the wire\n%s\nby the program\n%s", seed, got, want)
		}
		if got, want := sorted(a.rejected), sorted(rejected); got != want {
			t.Fatalf("seed %d: rejected on the wire\n%s\nby the program\n%s", seed, got, want)
		}
		if a.acks > len(acked)*2/3 { // half of them are those of the consumer that does not gather
			t.Errorf("seed %d: %d acks for %d deliveries", seed, a.acks, len(acked))
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

// settleAtRandom settles nine of ten deliveries, a few behind the newest.
func settleAtRandom(t *testing.T, r *rand.Rand, ch *Channel, deliveries int) (acked, rejected []DeliveryTag) {
	got := make(chan Delivery, deliveries)
	var loops sync.WaitGroup
	t.Cleanup(loops.Wait)
	started := make(chan struct{})
	consume := func(o *ConsumeOptions) {
		o.Prefetch, o.OnStart = 2*deliveries, func(string) { started <- struct{}{} }
		loops.Go(func() {
			for d, err := range ch.Consume(context.WithoutCancel(t.Context()), "q", o) {
				if err == nil {
					got <- d
				}
			}
		})
		<-started
	}
	consume(gather(20))
	consume(&ConsumeOptions{})
	loops.Go(func() {
		if d, _, err := ch.Get(t.Context(), "q", nil); err == nil {
			got <- d
		}
	})
	var all []Delivery
	for range deliveries {
		all = append(all, <-got)
	}
	slices.SortFunc(all, func(a, b Delivery) int { return cmp.Compare(a.DeliveryTag, b.DeliveryTag) })
	var waiting []Delivery
	for _, d := range all {
		if waiting = append(waiting, d); len(waiting) < 10 {
			continue
		}
		at := r.IntN(len(waiting))
		if at > 5 && r.IntN(10) > 0 {
			at = r.IntN(5)
		}
		d := &waiting[at]
		settle, into := d.Ack, &acked
		if r.IntN(20) == 0 {
			settle, into = d.Requeue, &rejected
		}
		if err := settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		*into = append(*into, d.DeliveryTag)
		waiting = slices.Delete(waiting, at, at+1)
	}
	return acked, rejected
}

// TestAcksOfHandlers runs many handlers side by side: what they have done is
// acknowledged, no more and no less.
func TestAcksOfHandlers(t *testing.T) {
	const deliveries = 5000
	result := make(chan *account, 1)
	conn := connect(t, nil, func(p *peer) {
		a := &account{p: p}
		p.openChannel(1)
		p.startConsumer(1, "c")
		for tag := 1; !a.cancelled; tag += 100 {
			a.made(DeliveryTag(tag), DeliveryTag(tag+99))
			p.deliver(1, "c", tag, tag+99)
			a.atMost(150)
		}
		a.until()
		p.send(0, &ConnectionCloseOK{})
		result <- a
	})
	ch := openOn(t, conn, nil)
	var mu sync.Mutex
	var done []DeliveryTag
	err := ch.Handle(t.Context(), "q", func(ctx context.Context, d *Delivery) error {
		if d.DeliveryTag%97 == 0 {
			return d.Reject(ctx)
		}
		mu.Lock()
		defer mu.Unlock()
		done = append(done, d.DeliveryTag)
		if len(done) == deliveries*9/10 {
			return ErrStop
		}
		return nil
	}, &ConsumeOptions{AckEvery: 50, Prefetch: 300, Concurrency: 8})
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	a := <-result
	if got, want := sorted(a.acked), sorted(done); got != want || len(a.open) > 0 {
		t.Errorf("acked on the wire\n%s\nby the program\n%s\nleft open %v", got, want, a.open)
	}
}

// TestAcksAreSent notes two deliveries and does something that has the ack sent.
func TestAcksAreSent(t *testing.T) {
	for name, c := range map[string]struct {
		local func(*Channel) error
		next  Method // after the ack, on the wire
	}{
		"flush":      {func(ch *Channel) error { return ch.Flush(context.Background()) }, nil},
		"request":    {func(ch *Channel) error { return ch.QueuePurgeNoWait(context.Background(), QueuePurge{}) }, &QueuePurge{NoWait: true}},
		"nack":       {nackAll, &BasicNack{Multiple: true}},
		"channel":    {func(ch *Channel) error { go ch.Close(); return nil }, &ChannelClose{ReplyCode: ReplySuccess}},
		"connection": {func(ch *Channel) error { go ch.conn.Close(); return nil }, &ConnectionClose{ReplyCode: ReplySuccess}},
		"tx":         {func(ch *Channel) error { go ch.SelectTx(context.Background()); return nil }, &TxSelect{}},
	} {
		t.Run(name, func(t *testing.T) {
			conn := connect(t, nil, func(p *peer) {
				p.openChannel(1)
				p.startConsumer(1, "c")
				p.deliver(1, "c", 1, 3)
				if m := expect[BasicAck](p, 1); m != (BasicAck{2, true}) {
					p.fatalf("%v", m)
				}
				if c.next == nil {
					return
				}
				if _, m, _ := p.next(); m.String() != c.next.String() {
					p.fatalf("%v where %v is due", m, c.next)
				}
			})
			ch := openOn(t, conn, nil)
			for d, err := range ch.Consume(t.Context(), "q", gather(30)) {
				if err != nil {
					break
				}
				if d.DeliveryTag < 3 {
					if err := d.Ack(t.Context()); err != nil {
						t.Error(err)
					}
					continue
				}
				if err := c.local(ch); err != nil {
					t.Error(err)
				}
				time.AfterFunc(10*time.Millisecond, func() { conn.abort(ErrClosed) })
			}
		})
	}
}

func nackAll(ch *Channel) error {
	return ch.BasicNack(context.Background(), BasicNack{Multiple: true})
}

// TestAcksAfterCancel acknowledges what a consumer has got that the server has
// cancelled: the ack leaves when the loop ends.
func TestAcksAfterCancel(t *testing.T) {
	acked := make(chan struct{})
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "c")
		p.deliver(1, "c", 1, 3)
		p.send(1, &BasicCancel{ConsumerTag: "c", NoWait: true})
		if m := expect[BasicAck](p, 1); m != (BasicAck{3, true}) {
			p.fatalf("%v", m)
		}
		close(acked)
		p.closeConnection()
	})
	for d, err := range openOn(t, conn, nil).Consume(t.Context(), "q", gather(30)) {
		if err == nil {
			err = d.Ack(t.Context())
		}
		if err != nil && !isA[*ConsumerCancelledError](err) {
			t.Error(err)
		}
	}
	select {
	case <-acked:
	case <-time.After(time.Second):
		t.Error("the ack did not come")
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestAcksInTime acknowledges less than a batch: the ack comes after the delay,
// and the next one after another.
func TestAcksInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := connectOver(t, pipePair, serverTune, nil, func(p *peer) {
			p.openChannel(1)
			p.startConsumer(1, "c")
			for tag := 1; tag <= 5; tag += 2 {
				begun := time.Now()
				p.deliver(1, "c", tag, tag+1)
				if m := expect[BasicAck](p, 1); m != (BasicAck{DeliveryTag(tag + 1), true}) {
					p.fatalf("%v", m)
				}
				if took := time.Since(begun); took != defaultAckWithin {
					p.fatalf("the ack took %v", took)
				}
			}
			p.send(1, &BasicCancel{ConsumerTag: "c", NoWait: true})
			p.closeConnection()
		})
		ch := openOn(t, conn, nil)
		err := ch.Handle(t.Context(), "q", func(context.Context, *Delivery) error { return nil }, &ConsumeOptions{AckEvery: 10})
		if !isA[*ConsumerCancelledError](err) {
			t.Error(err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestAcksDoNotStarve holds the oldest delivery while the others are done with:
// their acks leave all the same, and within the prefetch.
func TestAcksDoNotStarve(t *testing.T) {
	const prefetch = 8
	conn := connect(t, nil, func(p *peer) {
		a := &account{p: p}
		p.openChannel(1)
		p.startConsumer(1, "c")
		a.made(1, prefetch)
		p.deliver(1, "c", 1, prefetch)
		for tag := prefetch + 1; tag <= 100; tag++ {
			a.atMost(prefetch - 1)
			a.made(DeliveryTag(tag), DeliveryTag(tag))
			p.deliver(1, "c", tag, tag)
		}
		a.until()
		p.send(0, &ConnectionCloseOK{})
	})
	ch := openOn(t, conn, nil)
	last := make(chan struct{})
	err := ch.Handle(t.Context(), "q", func(_ context.Context, d *Delivery) error {
		switch d.DeliveryTag {
		case 1:
			<-last
		case 100:
			close(last)
			return ErrStop
		}
		return nil
	}, &ConsumeOptions{AckEvery: 1000, AckWithin: time.Hour, Prefetch: prefetch, Concurrency: 2})
	if err != nil {
		t.Error(err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestAcksAmongOthers starts to gather on a channel that has had deliveries: an
// ack covers one alone, since nothing is known of those before.
func TestAcksAmongOthers(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		expect[BasicGet](p, 1)
		p.write(appendContent(t, nil, 1, &BasicGetOK{DeliveryTag: 1}, &BasicProperties{}, nil))
		p.startConsumer(1, "c")
		p.deliver(1, "c", 2, 4)
		for tag := DeliveryTag(2); tag <= 4; tag++ {
			if m := expect[BasicAck](p, 1); m != (BasicAck{tag, false}) {
				p.fatalf("%v", m)
			}
		}
		p.endConsumer(1, "c")
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	if _, ok, err := ch.Get(t.Context(), "q", nil); !ok || err != nil {
		t.Fatal(ok, err)
	}
	for d, err := range ch.Consume(t.Context(), "q", gather(3)) {
		if err := errors.Join(err, d.Ack(t.Context())); err != nil {
			t.Fatal(err)
		}
		if d.DeliveryTag == 4 {
			break
		}
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestAcksInTransactions acknowledges on a channel with transactions: each ack
// leaves at once, so that the commit is behind it.
func TestAcksInTransactions(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		expect[TxSelect](p, 1)
		p.send(1, &TxSelectOK{})
		p.startConsumer(1, "c")
		p.deliver(1, "c", 1, 1)
		expect[BasicAck](p, 1)
		p.deliver(1, "c", 2, 2)
		p.endConsumer(1, "c")
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	if err := ch.SelectTx(t.Context()); err != nil {
		t.Fatal(err)
	}
	for d, err := range ch.Consume(t.Context(), "q", gather(30)) {
		if d.DeliveryTag == 2 {
			break
		}
		if err := errors.Join(err, d.Ack(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestAcksOfTheHasty has a consumer gather for an hour, and then another one of
// the channel for a moment: the moment counts.
func TestAcksOfTheHasty(t *testing.T) {
	acked := make(chan struct{})
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "slow")
		p.deliver(1, "slow", 1, 1)
		p.startConsumer(1, "hasty")
		p.deliver(1, "hasty", 2, 2)
		if m := expect[BasicAck](p, 1); m != (BasicAck{2, true}) {
			p.fatalf("%v", m)
		}
		close(acked)
		p.endConsumer(1, "hasty")
		p.endConsumer(1, "slow")
	})
	ch := openOn(t, conn, nil)
	for slow := range ch.Consume(t.Context(), "q", gather(10)) {
		for hasty := range ch.Consume(t.Context(), "q", &ConsumeOptions{AckEvery: 10, AckWithin: 10 * time.Millisecond}) {
			slow.Ack(t.Context())
			hasty.Ack(t.Context())
			select {
			case <-acked:
			case <-time.After(2 * time.Second):
				t.Error("no ack")
			}
			break
		}
		break
	}
}
