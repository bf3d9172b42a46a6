package peer

import (
	"net"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// Welcome plays the server until the client has a channel, and reads nothing more.
func Welcome(nc net.Conn) error {
	s := newSession(nc)
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
		if f.kind == amqp08.FrameMethod && methodID(f.payload) == (amqp08.ChannelOpen{}).ID() {
			return nil
		}
	}
}
