package client

import (
	"fmt"
	"time"
)

// tune agrees on limits: the smaller of both sides', where 0 means the other
// side's.
func (h *handshake) tune() error {
	tune := h.limits
	config := &h.conn.config
	ok := ConnectionTuneOK{
		ChannelMax: smaller(tune.ChannelMax, config.ChannelMax),
		FrameMax:   smaller(tune.FrameMax, config.FrameMax),
		Heartbeat:  interval(tune.Heartbeat, config.Heartbeat),
	}
	switch {
	case tune.FrameMax != 0 && tune.FrameMax < FrameMinSize:
		return ruleBroken(tune.ID(), fmt.Sprintf("offers frames of %d octets; the least is %d", tune.FrameMax, FrameMinSize))
	case ok.FrameMax != 0 && ok.FrameMax < FrameMinSize:
		return &UsageError{Field: "FrameMax", Reason: fmt.Sprintf("comes to %d octets; the least is %d", ok.FrameMax, FrameMinSize)}
	}
	h.conn.frameMax = int(ok.FrameMax)
	h.conn.interval = time.Duration(ok.Heartbeat) * time.Second
	h.conn.channelMax = int(ok.ChannelMax)
	if ok.ChannelMax == 0 {
		h.conn.channelMax = 65535
	}
	return h.send(ok)
}

// smaller returns the smaller limit; 0 is none.
func smaller[T uint16 | uint32](a, b T) T {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// interval agrees on the heartbeat, in seconds. Below zero there is none;
// less than a second is a second.
func interval(server uint16, wanted time.Duration) uint16 {
	if wanted < 0 {
		return 0
	}
	seconds := min(max(int64(wanted/time.Second), 1), 65535)
	return smaller(server, uint16(seconds))
}
