package main

import (
	"fmt"
	"slices"

	"github.com/amqpgen/amqpgen/bench"
	"github.com/amqpgen/amqpgen/bench/measure"
)

// quantity is something that a result tells.
type quantity func(bench.Result) float64

var (
	cpu    quantity = bench.Result.CPUEach  // ns per message
	wall   quantity = bench.Result.WallEach // ns per message
	allocs quantity = bench.Result.AllocsEach
	octets quantity = bench.Result.OctetsEach

	rate   quantity = func(r bench.Result) float64 { return 1e9 / r.WallEach() } // messages per second
	memory quantity = func(r bench.Result) float64 { return float64(r.RSS) / 1024 }

	p50     quantity = func(r bench.Result) float64 { return r.P50.Seconds() * 1e6 } // µs, as the following
	p99     quantity = func(r bench.Result) float64 { return r.P99.Seconds() * 1e6 }
	p999    quantity = func(r bench.Result) float64 { return r.P999.Seconds() * 1e6 }
	longest quantity = func(r bench.Result) float64 { return r.Max.Seconds() * 1e6 }
)

// median is over the rounds.
func (m measured) median(contender int, of quantity) float64 {
	return m.values(contender, of).Median()
}

// values are what a contender gave, round by round.
func (m measured) values(contender int, of quantity) measure.Values {
	var out measure.Values
	for _, round := range m.rounds {
		out = append(out, of(round[contender]))
	}
	return out
}

// ratios are taken round by round, of what ran at about the same time.
func (m measured) ratios(a, b int, of quantity) measure.Values {
	return m.values(a, of).Over(m.values(b, of))
}

// ours is the contender of ours with which the others are compared: the first.
func (m measured) ours() int {
	return slices.IndexFunc(m.contenders, func(c bench.Contender) bool { return c.Ours })
}

// spread gives the median, and the least and the greatest in brackets.
func spread(ratios measure.Values) string {
	return fmt.Sprintf("%.3f (%.3f–%.3f)", ratios.Median(), slices.Min(ratios), slices.Max(ratios))
}
