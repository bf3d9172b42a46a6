package bench

import (
	"time"

	"github.com/amqpgen/amqpgen/bench/peer"
	"github.com/amqpgen/amqpgen/bench/words"
)

// Task is what a client's process is told to do, in words as arguments.
type Task struct {
	Load
	Address  string // host and port
	Queue    string // to consume from; what is published goes to [peer.RoutingKey]
	Messages int
}

func (t *Task) fields() []words.Field {
	return []words.Field{
		{Key: "address", Value: &t.Address},
		{Key: "queue", Value: &t.Queue},
		{Key: "messages", Value: &t.Messages},
		{Key: "flow", Value: (*string)(&t.Flow)},
		{Key: "body", Value: &t.Body},
		{Key: "properties", Value: (*string)(&t.Properties)},
		{Key: "publishers", Value: &t.Publishers},
		{Key: "channels", Value: &t.Channels},
		{Key: "window", Value: &t.Window},
		{Key: "ack", Value: (*string)(&t.Ack)},
		{Key: "prefetch", Value: &t.Prefetch},
		{Key: "borrow", Value: &t.Borrow},
		{Key: "stream", Value: &t.Stream},
		{Key: "rate", Value: &t.Rate},
	}
}

// newTask tells what a scenario asks of a client that is to move so many messages.
func (s Scenario) newTask(messages int) Task {
	t := Task{Load: s.Load, Queue: peer.RoutingKey, Messages: messages}
	if s.Server == Peer && s.Flow == Consume {
		t.Queue = peer.QueueName(messages, s.Body, s.Properties)
	}
	return t
}

// batch is how many deliveries are acknowledged together.
func (t Task) batch() int {
	if t.Ack == AckBatch {
		return max(t.Prefetch/2, 1)
	}
	return 1
}

// due is when a message is meant to be sent, after the first one.
func (t Task) due(message int) time.Duration {
	return time.Duration(message) * time.Second / time.Duration(t.Rate)
}

// share runs publish in as many goroutines as there are publishers, for an
// equal part of the messages each, and tells them which channel to take.
func (t Task) share(publish func(channel, messages int) error) error {
	if t.Publishers == 1 {
		return publish(0, t.Messages)
	}
	results := make(chan error, t.Publishers)
	for i := range t.Publishers {
		part := t.Messages / t.Publishers
		if i < t.Messages%t.Publishers {
			part++
		}
		go func() { results <- publish(i%t.Channels, part) }()
	}
	var first error
	for range t.Publishers {
		if err := <-results; first == nil {
			first = err
		}
	}
	return first
}
