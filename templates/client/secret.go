//amqpgen:requires connection.update-secret

package client

import "context"

// UpdateSecret gives the server another secret for the user of the connection,
// such as a new OAuth 2 token before the old one expires, and waits until it
// agrees. The reason is for its log.
func (c *Connection) UpdateSecret(ctx context.Context, secret, reason string) error {
	zero, err := c.zero()
	if err != nil {
		return &OpError{Op: "connection.update-secret", Err: err}
	}
	return zero.ask(ctx, nil, newSlot(ConnectionUpdateSecret{NewSecret: secret, Reason: reason}))
}

// onConnectionUpdateSecretOK wakes who has asked.
func (c *Connection) onConnectionUpdateSecretOK(b []byte, d *decoder) error {
	m := new(ConnectionUpdateSecretOK)
	if err := d.end(m.decode(b, d)); err != nil {
		return err
	}
	zero := c.lookup(0)
	if zero == nil {
		return ruleError("answers what nobody has asked")
	}
	s := zero.slotFor(keyConnectionUpdateSecretOK)
	if s == nil {
		return ruleError("answers what nobody has asked")
	}
	zero.answer(s, m, Content{})
	return nil
}

// zero returns what stands for the connection itself among its channels, so
// that calls on it are made and fail as those on others are.
func (c *Connection) zero() (*Channel, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.unusable(); err != nil {
		return nil, err
	}
	if c.channels[0] == nil {
		c.channels[0] = c.newChannel(nil)
	}
	return c.channels[0], nil
}
