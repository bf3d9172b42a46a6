package broker

import "github.com/amqpgen/amqpgen/generated/amqp08"

// largestMessage bounds the octets of a body.
const largestMessage = 64 << 20

// message is what is published, with where it goes.
type message struct {
	exchange, key string
	properties    *amqp08.BasicProperties
	body          []byte
}

// content gathers the message of a basic.publish.
type content struct {
	publish *amqp08.BasicPublish // nil: no content is due
	message message
	header  bool // is there
	left    uint64
}

func (c *content) due() bool { return c.publish != nil }

// contentFrame takes a header or a slice of a body.
func (s *session) contentFrame(f amqp08.Frame) error {
	c := s.channels[f.Channel]
	switch {
	case c == nil:
		return hard(amqp08.ReplyChannelError, "expected 'channel.open'")
	case c.closing:
		return nil
	case !c.content.due():
		return hard(replyUnexpectedFrame, "content where none is due")
	}
	id := c.content.publish.ID()
	if err := c.content.add(f); err != nil {
		return c.unlessSoft(at(id, err))
	}
	if !c.content.header || c.content.left > 0 {
		return nil
	}
	whole := c.content
	c.content = content{}
	return c.unlessSoft(at(id, c.accept(whole.publish, &whole.message)))
}

func (c *content) add(f amqp08.Frame) error {
	switch {
	case f.Type == amqp08.FrameHeader && !c.header:
		return c.addHeader(f.Payload)
	case f.Type == amqp08.FrameBody && c.header && uint64(len(f.Payload)) <= c.left:
		c.message.body = append(c.message.body, f.Payload...)
		c.left -= uint64(len(f.Payload))
		return nil
	}
	return hard(replyUnexpectedFrame, "not the content that is due")
}

func (c *content) addHeader(payload []byte) error {
	var h amqp08.ContentHeader
	if err := h.UnmarshalBinary(payload); err != nil {
		return hard(amqp08.ReplyInternalError, "%v", err)
	}
	properties, ok := h.Properties.(*amqp08.BasicProperties)
	switch {
	case !ok:
		return hard(replyUnexpectedFrame, "content of class %d where class %d is due", h.ClassID, amqp08.ClassBasic)
	case h.BodySize > largestMessage:
		return soft(replyPreconditionFailed, "message size %d is larger than configured max size %d", h.BodySize, largestMessage)
	}
	c.message = message{exchange: c.publish.Exchange, key: c.publish.RoutingKey, properties: properties}
	c.header, c.left = true, h.BodySize
	return nil
}
