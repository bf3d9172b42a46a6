package main

import (
	"time"

	"github.com/amqpgen/amqpgen/bench"
)

// contenders run in this order in every round.
var contenders = [...]bench.Contender{bench.Rival, bench.Ours, bench.Limit}

const (
	rival = iota
	ours
	limit
)

// results are the costs of a scenario, one of each contender per round.
type results [][len(contenders)]bench.Cost

func measure(s bench.Scenario, rounds int, duration time.Duration) (results, error) {
	var messages [len(contenders)]int
	for i, c := range contenders {
		n, err := fit(s, c, duration)
		if err != nil {
			return nil, err
		}
		messages[i] = n
	}
	all := make(results, rounds)
	for round := range all {
		for i, c := range contenders {
			cost, err := s.Run(c, messages[i])
			if err != nil {
				return nil, err
			}
			all[round][i] = cost
		}
	}
	return all, nil
}

// fit finds how many messages take about so long.
func fit(s bench.Scenario, c bench.Contender, duration time.Duration) (messages int, err error) {
	const tries, first = 3, 5000
	messages = first
	for range tries {
		cost, err := s.Run(c, messages)
		if err != nil {
			return 0, err
		}
		messages = max(int(float64(duration)/cost.Wall), first)
	}
	return messages, nil
}
