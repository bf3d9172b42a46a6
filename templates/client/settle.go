package client

import "context"

// track begins to follow what is published, or sets another window. The writer's
// lock is held.
func (c *Channel) track(confirm bool, window int) {
	w := c.conn.w
	if c.ledger == nil {
		c.ledger = newLedger(confirm, window, &w.sent.fates)
		return
	}
	c.ledger.window = window
	if c.ledger.eased() {
		w.notify()
	}
}

// settle takes the server's word on messages: one, or with multiple all up to it;
// number 0 means all there are. It fails on one that was never published.
func (c *Channel) settle(number uint64, multiple bool, f fate) error {
	w := c.conn.w
	w.mu.Lock()
	defer w.mu.Unlock()
	l := c.ledger
	switch {
	case l == nil || number >= l.next || number == 0 && !multiple:
		return ruleError("settles a message that was not published")
	case number == 0:
		number = l.next - 1
	}
	if l.settle(number, multiple, f); l.eased() {
		w.notify()
	}
	return nil
}

// lose settles what nobody will ever know more of.
func (c *Channel) lose() {
	w := c.conn.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.ledger != nil {
		c.ledger.settle(c.ledger.next-1, true, lost)
		w.notify()
	}
}

// awaitSettled waits until all that has been published on the channel so far is
// settled.
func (c *Channel) awaitSettled(ctx context.Context) error {
	w := c.conn.w
	w.mu.Lock()
	defer w.mu.Unlock()
	l := c.ledger
	if l == nil {
		return nil
	}
	for last := l.next; l.low < last; {
		l.await(last)
		if err := w.await(ctx); err != nil {
			return err
		}
	}
	return nil
}

// awaitConfirms is awaitSettled for what the server settles of its own accord.
func (c *Channel) awaitConfirms(ctx context.Context) error {
	if !c.hasConfirms() {
		return nil
	}
	return c.awaitSettled(ctx)
}

func (c *Channel) hasConfirms() bool {
	c.conn.w.mu.Lock()
	defer c.conn.w.mu.Unlock()
	return c.ledger != nil && c.ledger.confirm
}
