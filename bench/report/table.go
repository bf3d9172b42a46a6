package main

import (
	"fmt"
	"slices"

	"github.com/amqpgen/amqpgen/bench"
)

const tableHead = "" +
	"| scenario | rival, CPU ns | ours, CPU ns | limit, CPU ns | ours/rival, CPU | ours/limit, CPU | ours/rival, wall | ours, allocs | rival, allocs |\n" +
	"|---|---:|---:|---:|---:|---:|---:|---:|---:|"

// row gives medians, and for ratios, which are taken round by round, the
// least and the greatest too.
func (r results) row(s bench.Scenario) string {
	cpu := func(c bench.Cost) float64 { return c.CPU }
	wall := func(c bench.Cost) float64 { return c.Wall }
	allocs := func(c bench.Cost) float64 { return c.Allocs }
	return fmt.Sprintf("| %s | %.0f | %.0f | %.0f | %s | %s | %s | %.2f | %.2f |", s,
		median(r.values(rival, cpu)), median(r.values(ours, cpu)), median(r.values(limit, cpu)),
		spread(r.ratios(ours, rival, cpu)), spread(r.ratios(ours, limit, cpu)), spread(r.ratios(ours, rival, wall)),
		median(r.values(ours, allocs)), median(r.values(rival, allocs)))
}

func (r results) values(contender int, of func(bench.Cost) float64) []float64 {
	var out []float64
	for _, round := range r {
		out = append(out, of(round[contender]))
	}
	return out
}

func (r results) ratios(a, b int, of func(bench.Cost) float64) []float64 {
	var out []float64
	for _, round := range r {
		out = append(out, of(round[a])/of(round[b]))
	}
	return out
}

func spread(ratios []float64) string {
	return fmt.Sprintf("%.3f (%.3f–%.3f)", median(ratios), slices.Min(ratios), slices.Max(ratios))
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
