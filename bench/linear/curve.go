package linear

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"

	"github.com/amqpgen/amqpgen/bench/measure"
)

// curve is how a cost grows with a size.
type curve struct {
	what  string
	unit  string // of the size
	sizes []int  // ascending
	large int    // the size from which on there is a slope of its own, or 0

	// cost does the work of a size so many times and returns the CPU that it took,
	// all in all.
	cost func(size, times int) (time.Duration, error)

	times  []int            // how often, by the index of the size
	rounds []measure.Values // nanoseconds of CPU for doing it once, by the index of the size
}

// enough is the CPU that a measurement should take, about, so that the clock's
// steps and the scheduler's whims do not show.
const enough = 60 * time.Millisecond

// calibrate finds out how often each size is to be done. It warms up, too.
func (c *curve) calibrate() error {
	c.rounds = make([]measure.Values, len(c.sizes))
	for _, size := range c.sizes {
		times := 1
		for {
			cpu, err := c.do(size, times)
			if err != nil {
				return err
			}
			if cpu >= enough/2 {
				break
			}
			more := int(enough/max(cpu, 1)) + 1 // a difference may be below zero
			times *= min(max(more, 2), 10)
		}
		c.times = append(c.times, times)
	}
	return nil
}

// round measures every size once.
func (c *curve) round() error {
	for i, size := range c.sizes {
		cpu, err := c.do(size, c.times[i])
		if err != nil {
			return err
		}
		c.rounds[i] = append(c.rounds[i], float64(cpu)/float64(c.times[i]))
	}
	return nil
}

func (c *curve) do(size, times int) (time.Duration, error) {
	runtime.GC() // what came before is not on this account
	cpu, err := c.cost(size, times)
	if err != nil {
		return 0, fmt.Errorf("%s: %d %s: %w", c.what, size, c.unit, err)
	}
	return cpu, nil
}

// index returns where a size stands, or -1.
func (c *curve) index(size int) int { return slices.Index(c.sizes, size) }

// slopes fits each round, from a size's index on. A round in which a difference is
// lost in the noise, at or below zero, has no slope.
func (c *curve) slopes(from int) measure.Values {
	var out measure.Values
	for round := range c.rounds[from] {
		var costs []float64
		for _, of := range c.rounds[from:] {
			costs = append(costs, of[round])
		}
		if slices.Min(costs) > 0 {
			out = append(out, slope(c.sizes[from:], costs))
		}
	}
	if len(out) == 0 {
		return measure.Values{math.NaN()}
	}
	return out
}

// perUnit returns what a piece costs at a size, in nanoseconds, round by round.
func (c *curve) perUnit(i int) measure.Values {
	var out measure.Values
	for _, ns := range c.rounds[i] {
		out = append(out, ns/float64(c.sizes[i]))
	}
	return out
}

// bracket returns the CPU that something takes.
func bracket(do func() error) (time.Duration, error) {
	before := measure.CPU()
	err := do()
	return measure.CPU() - before, err
}
