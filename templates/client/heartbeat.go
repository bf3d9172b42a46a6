package client

import (
	"errors"
	"time"
)

const (
	beatsPerInterval = 2 // sent, and looked for, twice an interval
	missedBeats      = 3 // looks without an octet until the server counts as gone: after one and a half to two intervals
	idleLook         = 30 * time.Second
)

var errSilent = errors.New("nothing came from the server for one and a half heartbeat intervals")

// keepAlive sends a heartbeat when half an interval has passed without
// anything else to send, gives the connection up when nothing has come for two
// intervals, and has idle buffers trimmed.
func (c *Connection) keepAlive(stop <-chan struct{}) {
	period := idleLook
	if c.interval > 0 {
		period = c.interval / beatsPerInterval
	}
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	var sent, reads uint64
	missed := 0
	for {
		select {
		case <-ticker.C:
		case <-stop:
			return
		}
		now := c.w.octets()
		if now == sent {
			c.w.trim()
			if c.interval > 0 {
				c.w.heartbeat()
				now = c.w.octets()
			}
		}
		sent = now
		if got := c.r.reads.Load(); got != reads || c.r.parked.Load() || c.interval == 0 {
			reads, missed = got, 0
			continue
		}
		if missed++; missed >= missedBeats {
			c.abort(&TransportError{Stage: "heartbeat", Err: errSilent})
			return
		}
	}
}
