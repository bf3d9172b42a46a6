// Package bench measures what a message costs the process that publishes or
// consumes it, and how long it takes: with the generated packages amqp08 and
// rabbitmq, with other clients, and at the limit, which is a loop that writes or
// reads the same octets and does nothing else. Each client is a process of its
// own, and so is the server: package peer, or a private RabbitMQ.
//
// It needs Linux.
package bench

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/amqpgen/amqpgen/internal/rabbit"
)

// Suite is what measurements share: the programs that were built for them, and
// the broker.
type Suite struct {
	dir     string
	argv    map[string][]string // what starts the contenders that are not in Go
	missing map[string]error    // why contenders, and the broker, are left out
	broker  *broker             // nil until it is needed
}

// brokerName is how the broker is called among what is missing.
const brokerName = "rabbitmq-server"

// Open finds out which contenders are installed and makes them ready.
func Open() (*Suite, error) {
	dir, err := os.MkdirTemp("", "amqpgen-bench-")
	if err != nil {
		return nil, err
	}
	s := &Suite{dir: dir, argv: map[string][]string{}, missing: map[string]error{}}
	for _, c := range contenders {
		if err := s.prepare(c); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", c.Name, err), s.Close())
		}
	}
	s.miss(brokerName, rabbit.Find())
	return s, nil
}

func (s *Suite) prepare(c Contender) (err error) {
	if c.Go() || s.miss(c.Name, c.program.missing()) {
		return nil
	}
	s.argv[c.Name], err = c.program.prepare(filepath.Join(s.dir, c.Name))
	return err
}

// miss notes why something is left out, if it is.
func (s *Suite) miss(name string, err error) bool {
	if err != nil {
		s.missing[name] = fmt.Errorf("%s is left out: %w", name, err)
	}
	return err != nil
}

// Missing says what is left out, and for want of which packages.
func (s *Suite) Missing() []error {
	var out []error
	for _, name := range slices.Sorted(maps.Keys(s.missing)) {
		out = append(out, s.missing[name])
	}
	return out
}

// Contenders lists those that take part in a scenario and are installed.
func (s *Suite) Contenders(sc Scenario) []Contender {
	var out []Contender
	for _, c := range contenders {
		if s.missing[c.Name] == nil && (c.takes == nil || c.takes(sc)) {
			out = append(out, c)
		}
	}
	return out
}

// Can reports whether a scenario's server is installed.
func (s *Suite) Can(sc Scenario) bool {
	return sc.Server != RabbitMQ || s.missing[brokerName] == nil
}

// Close stops the broker and removes what was built.
func (s *Suite) Close() error {
	var err error
	if s.broker != nil {
		err = s.broker.stop()
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}
