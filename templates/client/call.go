package client

import (
	"context"
	"errors"
	"slices"
)

// Content is what follows a method that carries content.
type Content struct {
	Properties Properties // nil: none
	Body       []byte
}

// slot is a request that waits for its reply.
type slot struct {
	request   request
	consumer  *consumer     // of basic.consume
	queued    func()        // to be called as the request is queued, the writer's lock held
	replied   func()        // to be called by the reader with the reply, before the caller hears
	done      chan struct{} // closed once the rest is set
	reply     Method
	content   Content
	err       error
	abandoned bool // the caller is gone; the reply's effect is to be undone
}

func newSlot(m request) *slot { return &slot{request: m, done: make(chan struct{})} }

// Call sends a request and waits for its reply. It works for every request of
// every class that carries no content and is answered by none; [CallContent]
// is for the others. A request without a reply returns [NoReply] at once.
//
// If ctx ends first, the error says MaybeSent. A reply that still comes is
// swallowed and its effect undone.
func Call[R any](ctx context.Context, c *Channel, m Request[R]) (R, error) {
	reply, _, err := call[R](ctx, c, m, nil)
	return reply, err
}

// CallContent is [Call] for requests that carry content or are answered by
// it. content is ignored if the request carries none.
func CallContent[R any](ctx context.Context, c *Channel, m ContentRequest[R], content Content) (R, Content, error) {
	return call[R](ctx, c, m, &content)
}

func call[R any](ctx context.Context, c *Channel, m request, content *Content) (R, Content, error) {
	var none R
	m = valueOf(m)
	if content != nil && !hasContent(m.ID()) {
		content = nil
	}
	if p, ok := m.(BasicPublish); ok {
		return none, Content{}, c.publishContent(ctx, p, content)
	}
	if _, unanswered := any(none).(NoReply); unanswered {
		return none, Content{}, c.request(ctx, m, content, nil)
	}
	if waiver, ok := m.(interface{ noWait() bool }); ok && waiver.noWait() {
		return none, Content{}, c.opError(m.ID().String(), NotSent, &UsageError{Field: "NoWait", Reason: "is set, so that no reply would come; make the call whose name ends in NoWait"})
	}
	s := newSlot(m)
	if err := c.ask(ctx, content, s); err != nil {
		return none, Content{}, err
	}
	return typed[R](s.reply), s.content, nil
}

// valueOf takes the methods that the runtime looks at from behind a pointer, which
// is a request as well as they are.
func valueOf(m request) request {
	switch p := m.(type) {
	case *BasicPublish:
		return *p
	case *BasicGet:
		return *p
	case *BasicCancel:
		return *p
	}
	return m
}

// ask sends the request of a slot and waits for its reply.
func (c *Channel) ask(ctx context.Context, content *Content, s *slot) error {
	ctx, ended := hooked(ctx, c.conn.config.Hooks.Call, CallInfo{Channel: c.id, Method: s.request.ID(), Request: s.request})
	err := c.request(ctx, s.request, content, s)
	if err == nil {
		err = c.wait(ctx, s)
	}
	ended(err)
	return err
}

// typed gives a reply the type that its request promises: a struct, or an
// interface of several.
func typed[R any](reply Method) R {
	if p, ok := reply.(any).(*R); ok {
		return *p
	}
	return reply.(any).(R)
}

// send sends a request that is not answered.
func (c *Channel) send(ctx context.Context, m request) error {
	return c.request(ctx, m, nil, nil)
}

// request queues a request with its content, if any, and enters its slot, if
// it has one, at the same moment, so that slots stand in the order of the wire.
func (c *Channel) request(ctx context.Context, m request, content *Content, s *slot) error {
	op := m.ID().String()
	w := c.conn.w
	if err := w.beginLock(ctx, c, content != nil); err != nil {
		return c.opError(op, NotSent, err)
	}
	c.acksBefore(m)
	start := w.mark()
	w.method(c.id, m)
	lent := false
	if content != nil {
		lent = w.content(c.id, m.ID().Class, *content)
	}
	if err := w.enc.err; err != nil {
		w.abandonUnlock(start)
		return c.opError(op, NotSent, err)
	}
	if s != nil {
		if err := c.enter(s); err != nil {
			w.abandonUnlock(start)
			return c.opError(op, NotSent, err)
		}
	}
	c.follow(m)
	end := w.commitUnlock(start)
	if cancel, ok := m.(BasicCancel); ok && cancel.NoWait {
		c.cancelled(cancel.ConsumerTag)
	}
	if lent {
		if err := w.loanReturned(ctx, content.Body, end); err != nil {
			return c.opError(op, MaybeSent, err)
		}
	}
	return nil
}

// enter adds a slot, unless the channel has failed.
func (c *Channel) enter(s *slot) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	c.slots = append(c.slots, s)
	if s.queued != nil {
		s.queued()
	}
	return nil
}

// wait waits for the reply of a slot.
func (c *Channel) wait(ctx context.Context, s *slot) error {
	select {
	case <-s.done:
	case <-ctx.Done():
		if c.abandonSlot(s) {
			return c.opError(s.request.ID().String(), MaybeSent, context.Cause(ctx))
		}
	}
	if s.err != nil {
		return c.opError(s.request.ID().String(), reached(s.err, s.request.ID()), s.err)
	}
	return nil
}

// abandonSlot makes a tombstone of a slot, unless the reply was there first.
func (c *Channel) abandonSlot(s *slot) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-s.done:
		return false
	default:
		s.abandoned = true
		return true
	}
}

// reached tells from an error whether the server has seen the request.
func reached(err error, id MethodID) Sent {
	var server *ServerError
	if errors.As(err, &server) && server.Method == id {
		return WasSent
	}
	return MaybeSent
}

// slotFor returns the oldest slot that the method answers. It stays where it
// is until the answer is there whole, content included.
func (c *Channel) slotFor(k methodKey) *slot {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.slots {
		if k.answers(s.request.ID()) {
			return s
		}
	}
	return nil
}

// answer wakes the caller of a slot, or undoes what its caller did not wait
// for. If the channel has failed by now, the caller knows already.
func (c *Channel) answer(s *slot, reply Method, content Content) {
	if s.replied != nil {
		s.replied()
	}
	c.mu.Lock()
	i := slices.Index(c.slots, s)
	if i < 0 {
		c.mu.Unlock()
		if s.consumer != nil {
			close(s.consumer.left) // there never will be a loop or handler
		}
		return
	}
	c.slots = slices.Delete(c.slots, i, i+1)
	abandoned := s.abandoned
	s.reply, s.content = reply, content
	close(s.done)
	c.mu.Unlock()
	if abandoned {
		c.undo(s)
	}
}

// undo takes back the effect of a reply that came too late.
func (c *Channel) undo(s *slot) {
	switch reply := s.reply.(type) {
	case *BasicConsumeOK:
		close(s.consumer.left) // there never was a loop or handler
		c.drop(s.consumer, nil)
	case *ChannelOpenOK:
		c.startClose(ErrClosed, ChannelClose{ReplyCode: ReplySuccess})
	case *BasicGetOK:
		if toBeSettled(s) {
			c.handBack(reply.DeliveryTag)
		}
	}
}

// toBeSettled reports whether what a basic.get brings is to be settled.
func toBeSettled(s *slot) bool {
	get, ok := s.request.(BasicGet)
	return ok && !get.NoAck
}

// opError dresses an error for the caller of an operation.
func (c *Channel) opError(op string, sent Sent, err error) error {
	return &OpError{Op: op, Channel: c.id, Sent: sent, Err: err}
}
