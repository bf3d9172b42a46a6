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

func dialLimit(t Task) (client, error) {
	nc, err := net.Dial("tcp", t.Address)
	if err != nil {
		return nil, err
	}
	_, err = nc.Write(peer.Bare[:])
	return limitClient{nc.(*net.TCPConn)}, err
}

func (c limitClient) run(t Task, _ *latencies) error {
	switch t.Flow {
	case Publish:
		return c.publish(t)
	case Consume:
		return c.consume(t)
	}
	return errNotMine
}

// publish copies message after message into a buffer that is written when full.
// A message that does not fit is written as it is.
func (c limitClient) publish(t Task) error {
	message := peer.PublishFrames(make([]byte, t.Body), t.Properties)
	buf := make([]byte, 0, limitBuffer)
	for range t.Messages {
		if len(buf)+len(message) > cap(buf) {
			if _, err := c.nc.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
		if len(message) <= cap(buf) {
			buf = append(buf, message...)
		} else if _, err := c.nc.Write(message); err != nil {
			return err
		}
	}
	_, err := c.nc.Write(buf)
	return err
}

func (c limitClient) consume(t Task) error {
	if _, err := c.nc.Write(peer.ConsumeFrame(t.Queue)); err != nil {
		return err
	}
	buf := make([]byte, limitBuffer)
	for left := peer.ConsumeReplySize(t.Messages, t.Body, t.Properties); left > 0; {
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
