//amqpgen:requires queue.declare basic.publish

package client

import (
	"context"
	"crypto/rand"
	"strconv"
	"sync"
)

// RequesterOptions are the options of [NewRequester]. Nil or zero means the
// defaults.
type RequesterOptions struct {
	// DirectReplyTo has replies come by RabbitMQ's amq.rabbitmq.reply-to instead
	// of a queue that is declared for them.
	DirectReplyTo bool
}

const directReplyTo = "amq.rabbitmq.reply-to"

// Requester makes requests by message and gets the replies to them, which come
// by a queue of its own. [Delivery.Reply] is the other side. Its methods are safe
// for any number of goroutines. Close it when done.
type Requester struct {
	ch      *Channel
	replyTo string
	prefix  string // of correlation ids, so that nobody guesses one
	done    chan struct{}

	mu        sync.Mutex
	last      uint64 // request
	pending   map[string]chan<- answer
	unclaimed uint64
	err       error // why there will be no more replies
}

// answer is what becomes of a request.
type answer struct {
	reply Delivery
	err   error
}

// NewRequester opens a channel for requests, declares a queue for the replies,
// which is the connection's own and vanishes with it, and consumes from that.
func NewRequester(ctx context.Context, conn *Connection, o *RequesterOptions) (*Requester, error) {
	r := &Requester{
		replyTo: directReplyTo,
		prefix:  rand.Text() + "-",
		done:    make(chan struct{}),
		pending: map[string]chan<- answer{},
	}
	ch, err := conn.ChannelWithEvents(ctx, &ChannelEvents{OnReturn: r.returned})
	if err != nil {
		return nil, err
	}
	r.ch = ch
	replies, err := r.await(ctx, o != nil && o.DirectReplyTo)
	if err != nil {
		ch.startClose(ErrClosed, ChannelClose{ReplyCode: ReplySuccess})
		return nil, err
	}
	go r.run(replies)
	return r, nil
}

// await starts the consumer of replies.
func (r *Requester) await(ctx context.Context, direct bool) (*consumer, error) {
	if !direct {
		q, err := r.ch.DeclareQueue(ctx, "", &QueueOptions{Exclusive: true, AutoDelete: true})
		if err != nil {
			return nil, err
		}
		r.replyTo = q.Name
	}
	return r.ch.startConsumer(ctx, r.replyTo, &ConsumeOptions{NoAck: true})
}

// run hands replies to those who wait for them until no more come.
func (r *Requester) run(replies *consumer) {
	defer close(r.done)
	err := replies.each(context.Background(), func(d Delivery, _ error) bool {
		r.settle(d.CorrelationID, answer{reply: d})
		return true
	})
	r.end(err)
	r.ch.startClose(err, ChannelClose{ReplyCode: ReplySuccess})
}

// settle gives a request its answer, unless nobody waits for it any more.
func (r *Requester) settle(id string, a answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if waiting, ok := r.pending[id]; ok {
		delete(r.pending, id)
		waiting <- a // has room for the one
	} else {
		r.unclaimed++
	}
}

// returned ends a request that no queue took.
func (r *Requester) returned(back Return) {
	err := r.ch.opError("request", WasSent, &ReturnedError{back})
	r.settle(back.CorrelationID, answer{err: err})
}

// end fails all requests that wait, and all to come.
func (r *Requester) end(cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = cause
	err := r.ch.opError("request", MaybeSent, cause)
	for _, waiting := range r.pending {
		waiting <- answer{err: err}
	}
	clear(r.pending)
}

// Request publishes m, whose ReplyTo and CorrelationID it sets, and waits for the
// reply to it, until ctx ends: then a late reply is dropped. If no queue takes the
// request, the error wraps a *[ReturnedError].
//
// What ends the Requester's channel, such as an exchange that does not exist, fails
// all its requests.
func (r *Requester) Request(ctx context.Context, exchange, routingKey string, m Message) (Delivery, error) {
	waiting := make(chan answer, 1)
	id, err := r.enter(waiting)
	if err != nil {
		return Delivery{}, err
	}
	defer r.forget(id)
	m.ReplyTo, m.CorrelationID = r.replyTo, id
	if err := r.ch.Publish(ctx, exchange, routingKey, m, &PublishOptions{Mandatory: true}); err != nil {
		return Delivery{}, err
	}
	select {
	case a := <-waiting:
		return a.reply, a.err
	case <-ctx.Done():
		return Delivery{}, r.ch.opError("request", MaybeSent, context.Cause(ctx))
	}
}

// enter gives a request its correlation id.
func (r *Requester) enter(waiting chan<- answer) (id string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return "", r.ch.opError("request", NotSent, r.err)
	}
	r.last++
	id = r.prefix + strconv.FormatUint(r.last, 36)
	r.pending[id] = waiting
	return id, nil
}

func (r *Requester) forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.pending, id)
}

// Unclaimed counts what has come so far and nobody waited for: replies, and requests
// that the server returned, that were too late, came twice, or belong to no request
// of this Requester.
func (r *Requester) Unclaimed() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.unclaimed
}

// Done is closed when the Requester has ended, for whatever reason.
func (r *Requester) Done() <-chan struct{} { return r.done }

// Err says why the Requester has ended; nil while it has not. After Close it is
// [ErrClosed].
func (r *Requester) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Close ends the Requester with its channel and its queue, as [Channel.Close]
// does. Requests that wait fail with [ErrClosed]. Closing twice is fine.
func (r *Requester) Close() error {
	err := r.ch.Close()
	<-r.done
	return err
}
