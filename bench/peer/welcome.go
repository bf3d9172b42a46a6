package peer

import (
	"encoding/binary"
	"net"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// Welcome plays the server until the client has a channel, and reads nothing more.
func Welcome(nc net.Conn) error {
	s := &session{nc: nc, r: newReader(nc)}
	if err := s.greet(); err != nil {
		return err
	}
	for {
		f, err := s.r.next()
		if err != nil {
			return err
		}
		if err := s.handle(f); err != nil {
			return err
		}
		if opensChannel(f) {
			return nil
		}
	}
}

func opensChannel(f frame) bool {
	open := amqp08.ChannelOpen{}.ID()
	return f.kind == amqp08.FrameMethod &&
		binary.BigEndian.Uint16(f.payload) == open.Class && binary.BigEndian.Uint16(f.payload[2:]) == open.Method
}
