package bench

import (
	"fmt"
	"slices"
)

// Contender is a way to get the messages across.
type Contender struct {
	Name    string
	Ours    bool // a package that amqpgen has generated
	dial    dial // of those in Go
	program *program
	takes   func(Scenario) bool // whether it takes part; nil for always
}

// Go reports whether the contender is a package in Go, and so can tell what it
// allocates.
func (c Contender) Go() bool { return c.dial != nil }

// The contenders, in the order in which they run.
var contenders = []Contender{
	{Name: "amqp08", Ours: true, dial: dialAMQP08, takes: withoutConfirms},
	{Name: "rabbitmq", Ours: true, dial: dialRabbitMQ},
	{Name: "amqp091-go", dial: dialAMQP091},
	{Name: "librabbitmq", program: &librabbitmq},
	{Name: "py-amqplib", program: &amqplib, takes: amqplibTakes},
	{Name: "limit", dial: dialLimit, takes: limitTakes},
}

func contender(name string) (Contender, error) {
	i := slices.IndexFunc(contenders, func(c Contender) bool { return c.Name == name })
	if i < 0 {
		return Contender{}, fmt.Errorf("there is no contender %q", name)
	}
	return contenders[i], nil
}

// withoutConfirms is for AMQP 0-8, which does not have them.
func withoutConfirms(s Scenario) bool { return s.Flow != Confirm && s.Flow != ConfirmLatency }

// amqplibTakes bounds the time that the slowest contender takes.
func amqplibTakes(s Scenario) bool { return s.Base && withoutConfirms(s) }

// limitTakes leaves out what needs more than a loop.
func limitTakes(s Scenario) bool {
	return s.Server == Peer && (s.Flow == Publish || s.Flow == Consume && s.Ack == NoAck)
}
