package client

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

const (
	defaultPrefetch    = 64
	defaultMaxBuffered = 1 << 20
)

// consumer is where the reader leaves deliveries for a loop or a handler.
type consumer struct {
	channel     *Channel
	tag         string
	noAck       bool
	borrow      bool  // bodies go once the program has passed on
	stream      int64 // octets above which bodies are streamed; 0: none is
	prefetch    int   // 0: no bound
	maxBuffered int   // octets of memory, where prefetch does not bound
	ackEvery    int   // acknowledgements that leave together
	ackWithin   time.Duration
	onStart     func(consumerTag string)

	// The reader's own, until it hands them over:
	fresh       batch
	freshOctets int
	next        []byte // memory to read the next part of a streamed body into

	mu      sync.Mutex
	queue   batch
	octets  int
	dropped bool  // nobody takes deliveries any more: they go back at once
	err     error // why there will be no more
	cancel  *slot // of the basic.cancel that the runtime has sent, or nil
	because error // why it did; nil: for want of a loop or handler

	pool     chunkPool
	streamed atomic.Int64  // octets that wait in streams
	more     atomic.Bool   // the program has more at hand than it is at
	stopped  atomic.Bool   // what is queued is not to be handled any more
	gone     atomic.Bool   // the server knows the consumer no more
	wake     chan struct{} // there is something to take, or an end
	drained  chan struct{} // the queue was taken, or is dropped
	left     chan struct{} // closed when the loop or handler has ended
}

func newConsumer(c *Channel, m BasicConsume, o *ConsumeOptions) *consumer {
	cons := &consumer{
		channel:     c,
		tag:         m.ConsumerTag,
		noAck:       m.NoAck,
		prefetch:    defaultPrefetch,
		maxBuffered: defaultMaxBuffered,
		ackWithin:   defaultAckWithin,
		wake:        make(chan struct{}, 1),
		drained:     make(chan struct{}, 1),
		left:        make(chan struct{}),
	}
	if o != nil {
		cons.onStart = o.OnStart
		if o.Prefetch != 0 {
			cons.prefetch = max(o.Prefetch, 0)
		}
		if o.MaxBuffered > 0 {
			cons.maxBuffered = o.MaxBuffered
		}
		cons.borrow, cons.stream = o.Borrow, o.Stream
		cons.ackEvery = ackEvery(o.AckEvery, cons.prefetch)
		if o.AckWithin > 0 {
			cons.ackWithin = o.AckWithin
		}
	}
	if m.NoAck {
		cons.prefetch, cons.ackEvery = 0, 0
	}
	cons.pool.most = 2 * min(cons.maxBuffered, math.MaxInt/2) // as all waits at one time, and at another nothing
	return cons
}

// started tells the program that the server has agreed.
func (c *consumer) started() {
	if c.onStart != nil {
		c.onStart(c.tag)
	}
}

// signal leaves a token for whoever waits, if there is none yet.
func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// end lets no more deliveries come, because of cause; the first one stays.
// drop also keeps what is queued from being handled.
func (c *consumer) end(cause error, drop bool) {
	c.mu.Lock()
	if c.err == nil {
		c.err = cause
	}
	c.mu.Unlock()
	if drop {
		c.stopped.Store(true)
	}
	signal(c.wake)
	signal(c.drained)
}

// cause returns why the consumer has ended, or nil.
func (c *consumer) cause() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// take waits for deliveries and returns all that there are, in exchange for a
// batch to put the next ones into. An error says that there will be none.
func (c *consumer) take(ctx context.Context, spare batch) (batch, error) {
	spare.reset()
	for {
		c.mu.Lock()
		switch {
		case len(c.queue.arrivals) > 0 && !c.stopped.Load():
			taken := c.queue
			c.queue, c.octets = spare, 0
			c.mu.Unlock()
			signal(c.drained)
			return taken, nil
		case c.err != nil:
			defer c.mu.Unlock()
			return batch{}, c.err
		}
		c.mu.Unlock()
		select {
		case <-c.wake:
		case <-ctx.Done():
			return batch{}, context.Cause(ctx)
		}
	}
}

// accept takes what the reader has gathered. If nothing else bounds what
// waits for the program, the reader waits here until it has caught up.
func (c *consumer) accept(r *reader) {
	if c.pass() {
		r.park(c)
	}
}

// pass leaves what the reader has gathered to the program, and reports whether
// that is more than should wait for it.
func (c *consumer) pass() (park bool) {
	if len(c.fresh.arrivals) == 0 {
		return false
	}
	c.channel.tallyArrived()
	over, park := c.merge()
	c.channel.in.keepBody(c)
	signal(c.wake)
	if over {
		cause := &OverflowError{What: "messages waiting for consumer " + c.tag, Limit: c.limit(), Remedy: "handle them faster, or set a larger Prefetch, and ask for no larger one with Qos"}
		c.channel.log(Logger.Error, "consumer given up", "consumer", c.tag, "cause", cause)
		c.end(cause, true)
		c.channel.drop(c, nil)
	}
	return park
}

// limit is how many deliveries may wait: what the prefetch allows, and as
// many again for those that a recover brings twice.
func (c *consumer) limit() int { return 2 * c.prefetch }

func (c *consumer) merge() (over, park bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dropped {
		c.handBack(c.fresh.arrivals)
		c.fresh, c.freshOctets = batch{}, 0
		return false, false
	}
	if len(c.queue.arrivals) == 0 {
		c.queue, c.fresh = c.fresh, c.queue
	} else {
		c.queue.join(&c.fresh)
	}
	c.octets += c.freshOctets
	c.freshOctets = 0
	if c.prefetch == 0 {
		return false, c.octets > c.maxBuffered
	}
	return len(c.queue.arrivals) > c.limit(), false
}

// leaves notes how many deliveries the program has at hand, besides the one that
// it gets.
func (c *consumer) leaves(n int) {
	if more := n > 0; more != c.more.Load() {
		c.more.Store(more)
	}
}

// handBack returns deliveries to their queue. Those that need no
// acknowledgement the server has forgotten already.
func (c *consumer) handBack(arrivals []arrival) {
	for _, a := range arrivals {
		a.stream.passOn()
	}
	if c.noAck {
		return
	}
	for _, a := range arrivals {
		c.channel.handBack(a.tag)
	}
}

// behind reports whether the program has yet to catch up.
func (c *consumer) behind() bool {
	if c.channel.Err() != nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.dropped && c.octets > c.maxBuffered
}

// park keeps the reader from reading until the program has caught up with a
// consumer that nothing else bounds: the connection's traffic then stands in the
// network, and the server waits. Meanwhile the server counts as alive.
func (r *reader) park(c *consumer) {
	r.parked.Store(true)
	defer r.parked.Store(false)
	for c.behind() {
		select {
		case <-c.drained:
		case <-r.conn.closing:
			return
		case <-r.conn.wrecked:
			return
		}
	}
}

// discard hands back what is queued and whatever still comes.
func (c *consumer) discard(more []arrival) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dropped = true
	c.handBack(more)
	c.handBack(c.queue.arrivals)
	c.queue, c.octets = batch{}, 0
	signal(c.drained)
}
