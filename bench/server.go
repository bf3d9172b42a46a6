package bench

import (
	"fmt"

	"github.com/amqpgen/amqpgen/bench/peer"
)

// server is the other end during one run.
type server interface {
	address() string
	// finish fails if the server has missed anything of a task that was done.
	finish(Task) error
	// abandon is instead of finish after a failure.
	abandon()
}

func (s *Suite) server(which Server, t Task) (server, error) {
	if which == RabbitMQ {
		return s.brokerFor(t)
	}
	p, err := peer.Start()
	return peerServer{p}, err
}

// peerServer is a process of package peer, for one run.
type peerServer struct{ p *peer.Process }

func (s peerServer) address() string { return s.p.Address }
func (s peerServer) abandon()        { s.p.Kill() }

func (s peerServer) finish(t Task) error {
	c, err := s.p.Counts()
	if err != nil {
		return err
	}
	if published := t.Flow != Consume; published {
		if c.Received != t.Messages {
			return fmt.Errorf("%d messages published, %d received", t.Messages, c.Received)
		}
		if want := t.Messages * peer.ContentSize(t.Properties, t.Body); c.Octets != want {
			return fmt.Errorf("the messages have %d octets, not %d", c.Octets, want)
		}
	}
	if acked := t.Flow == Consume && t.Ack != NoAck || t.Flow == DeliverLatency; acked && c.Acked != t.Messages {
		return fmt.Errorf("%d messages consumed, %d acknowledged", t.Messages, c.Acked)
	}
	return nil
}
