package broker

import (
	"errors"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// channel is one conversation of a session. Content and closing are the reader's own; the rest stands
// under the broker's lock.
type channel struct {
	session *session
	broker  *Broker
	id      uint16

	content content
	closing bool // the broker has closed it, and the client has yet to agree

	lastQueue string // that was declared, for those who name none
	consumers map[string]*consumer
	unsettled []*delivery // oldest first
	lastTag   amqp08.DeliveryTag
	prefetch  prefetch
	tx        *transaction // nil: none
}

// method takes a method on a channel's number.
func (s *session) method(id uint16, m amqp08.Method) error {
	c := s.channels[id]
	if _, ok := m.(*amqp08.ChannelOpen); ok {
		return s.openChannel(id, c != nil)
	}
	switch {
	case c == nil:
		return hard(amqp08.ReplyChannelError, "expected 'channel.open'")
	case m.ID().Class == amqp08.ClassConnection:
		return hard(amqp08.ReplyCommandInvalid, "%s on channel %d", m.ID(), id)
	case c.closing:
		c.whileClosing(m)
		return nil
	case c.content.due():
		return hard(replyUnexpectedFrame, "%s where content is due", m.ID())
	}
	return c.unlessSoft(at(m.ID(), c.locked(m)))
}

func (s *session) openChannel(id uint16, used bool) error {
	switch {
	case used:
		return hard(amqp08.ReplyChannelError, "second 'channel.open' seen")
	case len(s.channels) >= int(s.limits.ChannelMax):
		return hard(amqp08.ReplyNotAllowed, "number of channels opened (%d) has reached the negotiated channel_max", len(s.channels))
	}
	s.broker.mu.Lock()
	defer s.broker.mu.Unlock()
	s.channels[id] = &channel{session: s, broker: s.broker, id: id, consumers: map[string]*consumer{}}
	s.out.send(id, new(amqp08.ChannelOpenOK))
	return nil
}

// locked dispatches a method under the broker's lock.
func (c *channel) locked(m amqp08.Method) error {
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	return c.dispatch(m)
}

// unlessSoft closes the channel if that is what the error asks for, and passes on any other.
func (c *channel) unlessSoft(err error) error {
	var f *fault
	if !errors.As(err, &f) || f.scope != amqp08.ScopeChannel {
		return err
	}
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	c.release()
	c.closing = true
	c.send(f.channelClose())
	return nil
}

// whileClosing looks for the client's consent. If it wants to close as well, it gets its own answer.
func (c *channel) whileClosing(m amqp08.Method) {
	switch m.(type) {
	case *amqp08.ChannelClose:
		c.send(new(amqp08.ChannelCloseOK))
	case *amqp08.ChannelCloseOK:
		c.remove()
	}
}

func (c *channel) remove() {
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	delete(c.session.channels, c.id)
}

// close ends the channel because the client wants it.
func (c *channel) close() error {
	c.release()
	delete(c.session.channels, c.id)
	c.send(new(amqp08.ChannelCloseOK))
	return nil
}

// release cancels the channel's consumers and puts back what it has not settled.
func (c *channel) release() {
	for _, cons := range c.consumers {
		cons.cancel()
	}
	c.rollback()
	c.tx = nil
	c.requeueAll()
}

func (c *channel) send(m amqp08.Method) { c.session.out.send(c.id, m) }

// reply answers a request, unless it waives that.
func (c *channel) reply(noWait bool, m amqp08.Method) error {
	if !noWait {
		c.send(m)
	}
	return nil
}

// flow lets the client ask for deliveries, which it gets anyway; a pause is more than RabbitMQ gives.
func (c *channel) flow(m *amqp08.ChannelFlow) error {
	if !m.Active {
		return hard(amqp08.ReplyNotImplemented, "active=false")
	}
	c.send(&amqp08.ChannelFlowOK{Active: true})
	return nil
}
