package peer

import (
	"bytes"
	"net"
	"time"
)

const (
	pushBatch = 64 << 10         // octets that a write aims for
	patience  = 10 * time.Second // for the client's answer to the last delivery
)

// push sends deliveries, numbered from 1. A client that misses one waits in
// vain, so that its connection ends when patience does.
func push(nc net.Conn, messages, body int) error {
	delivery := deliverFrames(make([]byte, body))
	size := len(delivery)
	batch := bytes.Repeat(delivery, max(pushBatch/size, 1))
	for tag := 1; tag <= messages; {
		at := 0
		for ; at < len(batch) && tag <= messages; at += size {
			setDeliveryTag(batch[at:], uint64(tag))
			tag++
		}
		if _, err := nc.Write(batch[:at]); err != nil {
			return err
		}
	}
	return nc.SetReadDeadline(time.Now().Add(patience))
}
