package bench

import (
	"fmt"
	"io"
	"net"

	"github.com/amqpgen/amqpgen/bench/peer"
)

const limitBuffer = 64 << 10

// limitClient writes and reads the octets of a load without a thought.
// However many publishers there are to be, it is one.
type limitClient struct {
	nc *net.TCPConn
}

func dialLimit(address string) (client, error) {
	nc, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	_, err = nc.Write(peer.Bare[:])
	return limitClient{nc.(*net.TCPConn)}, err
}

// publish copies message after message into a buffer that is written when full.
func (c limitClient) publish(l load) error {
	message := peer.PublishFrames(l.body)
	buf := make([]byte, 0, limitBuffer)
	for range l.messages {
		if len(buf)+len(message) > cap(buf) {
			if _, err := c.nc.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
		buf = append(buf, message...)
	}
	_, err := c.nc.Write(buf)
	return err
}

func (c limitClient) consume(l load) error {
	if _, err := c.nc.Write(peer.ConsumeFrame(l.queue())); err != nil {
		return err
	}
	buf := make([]byte, limitBuffer)
	for left := peer.ConsumeReplySize(l.messages, len(l.body)); left > 0; {
		n, err := c.nc.Read(buf)
		if err != nil {
			return fmt.Errorf("%d octets before the end: %w", left, err)
		}
		left -= n
	}
	return nil
}

func (c limitClient) close() error {
	if err := c.nc.CloseWrite(); err != nil {
		return err
	}
	rest, err := io.Copy(io.Discard, c.nc)
	if err != nil {
		return err
	}
	if rest > 0 {
		return fmt.Errorf("%d octets too many", rest)
	}
	return c.nc.Close()
}
