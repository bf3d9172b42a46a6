package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/amqpgen/amqpgen/bench"
)

// measured are the results of a scenario.
type measured struct {
	scenario   bench.Scenario
	contenders []bench.Contender
	rounds     [][]bench.Result // by round, then by contender
}

// runner has a contender run with so many messages.
type runner func(c bench.Contender, messages int) (bench.Result, error)

// measureAll measures what is wanted, and returns what it has if a run fails.
func measureAll(ctx context.Context, suite *bench.Suite, o options) ([]measured, error) {
	scenarios := wantedScenarios(suite, o)
	var out []measured
	for i, s := range scenarios {
		m := measured{scenario: s, contenders: suite.Contenders(s)}
		fmt.Fprintf(os.Stderr, "scenario %d of %d: %s, with %s\n", i+1, len(scenarios), s, strings.Join(m.names(), ", "))
		err := m.measure(o, func(c bench.Contender, messages int) (bench.Result, error) {
			return suite.Run(ctx, s, c, messages)
		})
		if err != nil {
			return out, err
		}
		out = append(out, m)
	}
	return out, nil
}

func wantedScenarios(suite *bench.Suite, o options) []bench.Scenario {
	var out []bench.Scenario
	for _, s := range bench.Scenarios() {
		if suite.Can(s) && o.wanted(s.String()) {
			out = append(out, s)
		}
	}
	return out
}

func (m *measured) names() []string {
	var names []string
	for _, c := range m.contenders {
		names = append(names, c.Name)
	}
	return names
}

// measure has the contenders run one after the other in every round, each time
// beginning with the next of them.
func (m *measured) measure(o options, run runner) error {
	messages, err := m.fit(o.duration, run)
	if err != nil {
		return err
	}
	for first := range o.rounds {
		round := make([]bench.Result, len(m.contenders))
		for turn := range m.contenders {
			i := (first + turn) % len(m.contenders)
			if round[i], err = run(m.contenders[i], messages[i]); err != nil {
				return err
			}
		}
		m.rounds = append(m.rounds, round)
	}
	return nil
}
