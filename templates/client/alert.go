//amqpgen:requires channel.alert

package client

// onChannelAlert leaves the server's warning to the program, if it wants to
// hear.
func (c *Channel) onChannelAlert(d *decoder) error {
	m := new(ChannelAlert)
	m.decode(d)
	if err := d.end(); err != nil {
		return err
	}
	if c.events != nil && c.events.OnAlert != nil {
		c.emit(event{call: func() { c.events.OnAlert(m) }})
	}
	return nil
}
