// Package bench measures what a message costs the process that publishes or
// consumes it: with the generated package amqp08, with amqp091-go, and at the
// limit, which is a loop that writes or reads the same octets and does nothing
// else. The peer is another process, see package peer.
package bench

import (
	"fmt"
	"runtime"

	"github.com/amqpgen/amqpgen/bench/peer"
)

// Scenario is what is measured.
type Scenario struct {
	Flow       Flow
	Body       int // octets
	Publishers int // goroutines that share one channel
}

// Flow is which way the messages go.
type Flow string

// Consume is without acknowledgements.
const (
	Publish Flow = "publish"
	Consume Flow = "consume"
)

// Scenarios lists what there is to measure.
func Scenarios() []Scenario {
	return []Scenario{
		{Flow: Publish, Body: 100, Publishers: 1},
		{Flow: Publish, Body: 100, Publishers: 10},
		{Flow: Publish, Body: 100, Publishers: 100},
		{Flow: Publish, Body: 0, Publishers: 1},
		{Flow: Publish, Body: 1 << 10, Publishers: 1},
		{Flow: Publish, Body: 16 << 10, Publishers: 1},
		{Flow: Consume, Body: 100},
		{Flow: Consume, Body: 0},
		{Flow: Consume, Body: 1 << 10},
		{Flow: Consume, Body: 16 << 10},
	}
}

func (s Scenario) String() string { return string(s.Flow) + "/" + s.Parameters() }

// Parameters are what tells scenarios of one flow apart.
func (s Scenario) Parameters() string {
	if s.Flow == Consume {
		return fmt.Sprintf("body=%d", s.Body)
	}
	return fmt.Sprintf("body=%d/publishers=%d", s.Body, s.Publishers)
}

// Contender is a way to get the messages across.
type Contender struct {
	Name string
	dial func(address string) (client, error)
}

// The contenders.
var (
	Rival = Contender{"amqp091-go", dialAMQP091}
	Ours  = Contender{"amqp08", dialAMQP08}
	Limit = Contender{"limit", dialLimit}
)

// client is a contender's connection, with one channel.
type client interface {
	publish(load) error
	// consume fails if a delivery is missing.
	consume(load) error
	// close returns once the peer has taken all that was published.
	close() error
}

// load is what a client has to do.
type load struct {
	messages   int
	body       []byte
	publishers int
}

func (l load) queue() string { return peer.QueueName(l.messages, len(l.body)) }

// share runs publish in as many goroutines as there are publishers, for an
// equal part of the messages each.
func (l load) share(publish func(messages int) error) error {
	if l.publishers == 1 {
		return publish(l.messages)
	}
	results := make(chan error, l.publishers)
	for i := range l.publishers {
		part := l.messages / l.publishers
		if i < l.messages%l.publishers {
			part++
		}
		go func() { results <- publish(part) }()
	}
	var first error
	for range l.publishers {
		if err := <-results; first == nil {
			first = err
		}
	}
	return first
}

// Run measures one run of so many messages against a peer of its own. It
// fails if a message is lost.
func (s Scenario) Run(c Contender, messages int) (Cost, error) {
	cost, err := s.run(c, messages)
	if err != nil {
		return Cost{}, fmt.Errorf("%s: %s: %w", c.Name, s, err)
	}
	return cost, nil
}

func (s Scenario) run(c Contender, messages int) (Cost, error) {
	p, err := peer.Start()
	if err != nil {
		return Cost{}, err
	}
	cl, err := c.dial(p.Address)
	if err != nil {
		p.Kill()
		return Cost{}, err
	}
	cost, err := s.measure(cl, load{messages: messages, body: make([]byte, s.Body), publishers: s.Publishers})
	if err != nil {
		p.Kill()
		return Cost{}, err
	}
	received, err := p.Received()
	if err != nil {
		return Cost{}, err
	}
	if s.Flow == Publish && received != messages {
		return Cost{}, fmt.Errorf("%d messages published, %d received", messages, received)
	}
	return cost, nil
}

func (s Scenario) measure(cl client, l load) (Cost, error) {
	work := cl.publish
	if s.Flow == Consume {
		work = cl.consume
	}
	runtime.GC() // what came before is not on this account
	before := spend()
	err := work(l)
	if closing := cl.close(); err == nil {
		err = closing
	}
	return spend().since(before, l.messages), err
}
