// Package codec compares the generated codec of the two messages that programs
// send and get by the million with one written by hand for just these. Both
// stand where the runtime is, beside its tests: what the connection's reader and
// writer call is not exported.
package codec

import (
	"fmt"
	"io"

	"github.com/amqpgen/amqpgen/bench/measure"
)

// runtimePackage holds BenchmarkCodec.
const runtimePackage = "github.com/amqpgen/amqpgen/templates/client"

// bar is what ours may cost at most, in times of what the one by hand does.
const bar = 1.3

// ours and straight are the two codecs, as the benchmark calls them.
const ours, straight = "ours", "straight"

var messages = []struct{ name, what string }{
	{"publish", "basic.publish and content header, encoded"},
	{"deliver", "basic.deliver and content header, decoded"},
}

// Report measures both codecs in turn and writes a section in Markdown. It
// needs the go tool, and to run within the bench module.
func Report(w io.Writer) error {
	const rounds, benchtime = 11, "100ms"
	return report(w, rounds, benchtime)
}

// report takes each codec once in each round, for a time such as 100ms or a
// count such as 1000x.
func report(w io.Writer, rounds int, benchtime string) error {
	results, err := run(rounds, benchtime)
	if err != nil {
		return fmt.Errorf("codec: %w", err)
	}
	fmt.Fprint(w, head)
	for _, m := range messages {
		fmt.Fprintln(w, row(m.what, results[m.name]))
	}
	fmt.Fprintln(w)
	return nil
}

const head = `## The codec, against one written by hand

The two messages that programs send and get by the million, with a content type and a delivery mode, bodies left out.
*Ours* is the generated codec as the connection's writer and reader call it; *by hand* is straight-line code for
these two layouts and no others, which checks every length and heeds every property flag too. Strings are interned by
both. Median of the rounds, one processor; ratios round by round, the least and the greatest in brackets. The bar: at
most 1.3, no allocations.

| message | by hand, ns | ours, ns | ours/by hand | ours, allocations | bar |
|---|---:|---:|---:|---:|---|
`

func row(what string, r map[string]cost) string {
	ratio := r[ours].ns.Over(r[straight].ns)
	verdict := "held"
	if ratio.Median() > bar || r[ours].allocs.Median() > 0 {
		verdict = "missed"
	}
	return fmt.Sprintf("| %s | %.1f | %.1f | %v | %.0f | %s |", what,
		r[straight].ns.Median(), r[ours].ns.Median(), ratio, r[ours].allocs.Median(), verdict)
}

// cost is what a message costs, round by round.
type cost struct{ ns, allocs measure.Values }
