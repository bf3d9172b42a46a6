//amqpgen:requires channel.alert

package client

// onChannelAlert leaves the server's warning to the program, if it wants to
// hear.
func (c *Channel) onChannelAlert(b []byte, d *decoder) error {
	m := new(ChannelAlert)
	if err := d.end(m.decode(b, d)); err != nil {
		return err
	}
	if c.events != nil && c.events.OnAlert != nil {
		c.emit(event{call: func() { c.events.OnAlert(m) }})
	}
	return nil
}
