package client

import (
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"sync"
)

// Handler handles one delivery. What it returns decides the delivery's fate,
// unless it has settled it itself: nil acknowledges it; [ErrStop] acknowledges it
// and ends the consumer without an error; any other error puts it back into the
// queue and ends the consumer, and so does a panic. To pass over a message that
// cannot be handled, call [Delivery.Reject] and return nil.
type Handler func(ctx context.Context, d *Delivery) error

// Handle starts a consumer on a queue and calls handler for each delivery,
// o.Concurrency of them at a time, until ctx ends, a handler says so, or the
// server does. Then no new delivery is handled, running handlers finish, what
// they settle is sent, the consumer is cancelled, and what was prefetched goes
// back to the queue.
//
// It returns nil after [ErrStop]. Otherwise the error holds a [*HandlerError]
// for each handler that failed, or says why there are no more deliveries, as in
// [Channel.Consume].
func (c *Channel) Handle(ctx context.Context, queue string, handler Handler, o *ConsumeOptions) error {
	if handler == nil {
		return c.opError("basic.consume", NotSent, &UsageError{Field: "handler", Reason: "is nil"})
	}
	cons, err := c.startConsumer(ctx, queue, o)
	if err != nil {
		return err
	}
	f := &feed{cons: cons, handler: handler, now: new(dealt)}
	defer func() { cons.leave(ctx, f.now.arrivals[f.now.next:]) }()
	cons.started()
	workers := 1
	if o != nil {
		workers = max(o.Concurrency, 1)
	}
	var group sync.WaitGroup
	for range workers - 1 {
		group.Add(1)
		go func() {
			defer group.Done()
			f.work(ctx)
		}()
	}
	f.work(ctx)
	group.Wait()
	return f.result()
}

// feed deals the deliveries of a consumer out to workers.
type feed struct {
	cons    *consumer
	handler Handler

	pull  sync.Mutex // held by the worker that waits for the next batch
	now   *dealt
	spare []*dealt // to be filled again

	mu   sync.Mutex
	over bool
	errs []error
}

// dealt is a batch of which deliveries are dealt out.
type dealt struct {
	batch
	deliveries []Delivery // of the arrivals dealt so far; handlers hold pointers into it
	next       int        // to be dealt
	busy       int        // handlers that run
}

// result joins the errors, dressed for the caller once.
func (f *feed) result() error {
	err := errors.Join(f.errs...)
	if err == nil {
		return nil
	}
	if len(f.errs) == 1 {
		if op := (*OpError)(nil); errors.As(err, &op) {
			return op
		}
		err = f.errs[0]
	}
	return f.cons.channel.opError("basic.consume", WasSent, err)
}

// work handles deliveries until it is over.
func (f *feed) work(ctx context.Context) {
	for d, from := f.pop(ctx, nil); d != nil; d, from = f.pop(ctx, from) {
		f.handle(ctx, d)
	}
}

// pop returns the next delivery and its batch, once that of the last one is told
// that its handler is done; nil if it is over.
func (f *feed) pop(ctx context.Context, last *dealt) (*Delivery, *dealt) {
	f.pull.Lock()
	defer f.pull.Unlock()
	f.done(last)
	if f.isOver() {
		return nil, nil
	}
	d, err := f.following(ctx)
	if err != nil && !f.isOver() { // else a stop is the cause
		f.stop(err)
	}
	return d, f.now
}

// done counts a handler that has returned. The last one of a batch leaves it to be
// filled again, if the program may have kept nothing of it.
func (f *feed) done(from *dealt) {
	if from == nil {
		return
	}
	from.busy--
	if from.busy == 0 && from != f.now && f.cons.borrow {
		f.spare = append(f.spare, from)
	}
}

// following returns the next delivery of the batch, or of the next one.
func (f *feed) following(ctx context.Context) (*Delivery, error) {
	if f.now.next == len(f.now.arrivals) {
		if err := f.refill(ctx); err != nil {
			return nil, err
		}
	}
	if err := f.cons.interrupted(ctx); err != nil {
		return nil, err
	}
	d := &f.now.deliveries[f.now.next]
	f.now.delivery(f.now.next, f.cons, d)
	f.now.next++
	f.now.busy++
	f.cons.leaves(len(f.now.arrivals) - f.now.next)
	return d, nil
}

// refill waits for the next batch.
func (f *feed) refill(ctx context.Context) error {
	next := f.empty()
	taken, err := f.cons.take(ctx, next.batch)
	n := len(taken.arrivals)
	clear(next.deliveries) // of which no handler runs
	*next = dealt{batch: taken, deliveries: slices.Grow(next.deliveries[:0], n)[:n]}
	f.now = next
	return err
}

// empty returns a batch to be filled.
func (f *feed) empty() *dealt {
	if f.cons.borrow && f.now.busy == 0 {
		return f.now
	}
	if n := len(f.spare); n > 0 {
		next := f.spare[n-1]
		f.spare = f.spare[:n-1]
		return next
	}
	return new(dealt)
}

func (f *feed) isOver() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.over
}

// stop makes it over, with an error or without, and wakes who waits for a
// batch. What needs no acknowledgement cannot go back, and is not kept.
func (f *feed) stop(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.over = true
	if err != nil {
		f.errs = append(f.errs, err)
	}
	f.cons.end(ErrStop, true)
	if f.cons.noAck {
		f.cons.discard(nil)
	}
}

// handle calls the handler and settles the delivery as it says. If that is the
// end, it stops the others first.
func (f *feed) handle(ctx context.Context, d *Delivery) {
	if d.stream != nil {
		d.stream.ctx = ctx
	}
	failure := f.observed(ctx, d)
	d.stream.passOn()
	stopped := failure != nil && failure.Panic == nil && errors.Is(failure.Err, ErrStop)
	switch {
	case stopped:
		f.stop(nil)
	case failure != nil:
		f.stop(failure)
	}
	if err := f.settle(ctx, d, failure == nil || stopped); err != nil {
		f.stop(err)
	}
}

// observed calls the handler between the calls of the program's hook.
func (f *feed) observed(ctx context.Context, d *Delivery) *HandlerError {
	ctx, ended := hooked(ctx, f.cons.channel.conn.config.Hooks.Deliver, d)
	failure := f.call(ctx, d)
	if failure == nil || errors.Is(failure, ErrStop) {
		ended(nil)
	} else {
		ended(failure)
	}
	return failure
}

// call contains a panic of the handler.
func (f *feed) call(ctx context.Context, d *Delivery) (failure *HandlerError) {
	tag, consumer := d.DeliveryTag, d.ConsumerTag
	defer func() {
		if p := recover(); p != nil {
			failure = &HandlerError{ConsumerTag: consumer, DeliveryTag: tag, Panic: p, Stack: debug.Stack()}
		}
	}()
	if err := f.handler(ctx, d); err != nil {
		return &HandlerError{ConsumerTag: consumer, DeliveryTag: tag, Err: err}
	}
	return nil
}

// settle sends what the handler's result means. If its context has ended, two
// seconds are left for it.
func (f *feed) settle(ctx context.Context, d *Delivery, done bool) error {
	if d.settled || d.noAck {
		return nil
	}
	send := d.Requeue
	if done {
		send = d.Ack
	}
	err := send(ctx)
	if err == nil || ctx.Err() == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWait)
	defer cancel()
	return send(ctx)
}
