package client

import "hash/maphash"

// Return is a message that the server could not deliver.
type Return struct {
	Message
	Code       ReplyCode
	Text       string
	Exchange   string
	RoutingKey string
}

// onBasicReturn begins the content of a returned message.
func (c *Channel) onBasicReturn(b []byte, d *decoder) error {
	m := new(BasicReturn)
	if err := d.end(m.decode(b, d)); err != nil {
		return err
	}
	if !c.hearsReturns() && !c.mayTieReturns() {
		return ruleError("nothing was published as mandatory or immediate")
	}
	c.in.method = m
	c.in.expect(inReturn, ClassBasic)
	return nil
}

// hearsReturns reports whether the program wants to hear of returned messages.
func (c *Channel) hearsReturns() bool { return c.events != nil && c.events.OnReturn != nil }

// returnArrived gives a returned message to the receipt that stands for it, or
// else leaves it to the program.
func (c *Channel) returnArrived(m *BasicReturn, content Content) error {
	c.conn.r.received.returned++
	r := Return{
		Message:    messageOf(content),
		Code:       m.ReplyCode,
		Text:       m.ReplyText,
		Exchange:   m.Exchange,
		RoutingKey: m.RoutingKey,
	}
	switch {
	case c.tieReturn(r, messageSum(m.Exchange, m.RoutingKey, c.in.header, content.Body)):
	case !c.hearsReturns():
		return ruleError("returns what was not published as mandatory or immediate")
	default:
		c.emit(event{content: content, call: func() { c.events.OnReturn(r) }})
	}
	return nil
}

var sumSeed = maphash.MakeSeed()

// messageSum tells messages apart. header is the content header from its flags on.
func messageSum(exchange, routingKey string, header, body []byte) uint64 {
	var h maphash.Hash
	sumHead(&h, exchange, routingKey, header)
	h.Write(body)
	return h.Sum64()
}

// sumHead begins a messageSum with what stands before the body.
func sumHead(h *maphash.Hash, exchange, routingKey string, header []byte) {
	h.SetSeed(sumSeed)
	h.WriteString(exchange)
	h.WriteByte(0)
	h.WriteString(routingKey)
	h.WriteByte(0)
	h.Write(header)
}

// mayTieReturns reports whether receipts stand for messages that may be returned.
func (c *Channel) mayTieReturns() bool {
	c.conn.w.mu.Lock()
	defer c.conn.w.mu.Unlock()
	return c.ledger != nil && len(c.ledger.returnable) > 0
}

// tieReturn gives a returned message to the receipt that stands for it.
func (c *Channel) tieReturn(r Return, sum uint64) bool {
	w := c.conn.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.ledger == nil {
		return false
	}
	receipt := c.ledger.match(sum)
	if receipt == nil {
		return false
	}
	receipt.returned = &r
	return true
}
