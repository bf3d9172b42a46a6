//amqpgen:requires connection.blocked connection.unblocked

package client

// Blocked reports whether the server, short of memory or disk space, reads no
// messages from this connection now, and the reason that it gives. Meanwhile
// publishing waits.
func (c *Connection) Blocked() (reason string, blocked bool) {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	return c.w.blocked, c.w.blocked != ""
}

// onConnectionBlocked makes publishing wait.
func (c *Connection) onConnectionBlocked(b []byte, d *decoder) error {
	var m ConnectionBlocked
	b = m.decode(b, d)
	if m.Reason == "" {
		m.Reason = "for no reason given"
	}
	c.setBlocked(m.Reason)
	c.log(Logger.Warn, "blocked by the server", "reason", m.Reason)
	return d.end(b)
}

// onConnectionUnblocked lets it go on.
func (c *Connection) onConnectionUnblocked(b []byte, d *decoder) error {
	c.setBlocked("")
	c.log(Logger.Info, "unblocked by the server")
	return d.end(b)
}

func (c *Connection) setBlocked(reason string) {
	if hook := c.config.Hooks.Blocked; hook != nil {
		c.notice(func() { hook(c, reason) })
	}
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	c.w.blocked = reason
	c.w.notify()
}
