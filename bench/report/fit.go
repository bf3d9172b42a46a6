package main

import (
	"time"

	"github.com/amqpgen/amqpgen/bench"
)

// fit finds for each contender how many messages take about so long.
func (m *measured) fit(duration time.Duration, run runner) (messages []int, err error) {
	const longer = 5 // for latencies, of which the rare ones are of interest
	s := m.scenario
	if s.Latency() {
		duration *= longer
	}
	messages = make([]int, len(m.contenders))
	for i, c := range m.contenders {
		if s.Rate > 0 {
			messages[i] = max(int(duration.Seconds()*float64(s.Rate)), 1)
		} else if messages[i], err = approach(duration, leastMessages(s), c, run); err != nil {
			return nil, err
		}
	}
	return messages, nil
}

// approach tries, beginning with the least number of messages.
func approach(duration time.Duration, least int, c bench.Contender, run runner) (messages int, err error) {
	const tries = 3
	messages = least
	for range tries {
		r, err := run(c, messages)
		if err != nil {
			return 0, err
		}
		messages = max(int(float64(duration)/r.WallEach()), least)
	}
	return messages, nil
}

// leastMessages is what a first try takes: quick, and enough for the next guess.
func leastMessages(s bench.Scenario) int {
	switch {
	case s.Latency():
		return 200
	case s.Body >= 1<<20:
		return 50
	}
	return 2000
}
