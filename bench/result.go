package bench

import (
	"strings"
	"time"

	"github.com/amqpgen/amqpgen/bench/words"
)

// Result is what a client's process says of a run, in words on one line.
type Result struct {
	Messages int
	// Wall and CPU are the time from just before the work until the connection is
	// closed: on the clock, and of user and system in all threads of the process.
	Wall, CPU time.Duration
	// Allocs and Octets are what was allocated on the heap meanwhile; in Go alone.
	Allocs, Octets uint64
	// RSS is the most memory, in KiB, that the process has ever held.
	RSS int
	// The rest is for latencies: what half, 99 % and 99.9 % of the messages did not
	// exceed, and the longest.
	P50, P99, P999, Max time.Duration
}

func (r *Result) fields() []words.Field {
	return []words.Field{
		{Key: "messages", Value: &r.Messages},
		{Key: "wall_ns", Value: (*int64)(&r.Wall)},
		{Key: "cpu_ns", Value: (*int64)(&r.CPU)},
		{Key: "allocs", Value: &r.Allocs},
		{Key: "octets", Value: &r.Octets},
		{Key: "rss_kib", Value: &r.RSS},
		{Key: "p50_ns", Value: (*int64)(&r.P50)},
		{Key: "p99_ns", Value: (*int64)(&r.P99)},
		{Key: "p999_ns", Value: (*int64)(&r.P999)},
		{Key: "max_ns", Value: (*int64)(&r.Max)},
	}
}

func (r *Result) line() string { return strings.Join(words.Format(r.fields()), " ") }

func parseResult(line string) (r Result, err error) {
	err = words.Parse(r.fields(), strings.Fields(line))
	return r, err
}

// WallEach and CPUEach are nanoseconds per message.
func (r Result) WallEach() float64 { return r.each(float64(r.Wall)) }
func (r Result) CPUEach() float64  { return r.each(float64(r.CPU)) }

// AllocsEach and OctetsEach are per message, too.
func (r Result) AllocsEach() float64 { return r.each(float64(r.Allocs)) }
func (r Result) OctetsEach() float64 { return r.each(float64(r.Octets)) }

func (r Result) each(total float64) float64 { return total / float64(r.Messages) }
