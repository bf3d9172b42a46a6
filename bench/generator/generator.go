// Package generator measures what amqpgen itself costs, and what its output
// costs the programs that use it: the time to generate, beside gofmt's for the
// same files; the time to build, the octets in a program, the lines and the
// exported symbols, beside those of amqp091-go.
package generator

import (
	"fmt"
	"io"
	"os"
	"time"
)

// Report measures it all and writes a section in Markdown. It needs the go tool,
// and to run within the bench module. Times are taken in several rounds, in each
// of which all contenders have their turn.
func Report(w io.Writer) error {
	const rounds = 5
	dir, err := os.MkdirTemp("", "generator")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Fprint(w, "## The generator and its output\n\n")
	for _, section := range []func(w io.Writer, dir string, rounds int) error{
		reportProcess, reportStages, reportBuilds, reportSizes, reportSurface,
	} {
		if err := section(w, dir, rounds); err != nil {
			return fmt.Errorf("generator: %w", err)
		}
	}
	return nil
}

// milliseconds is the unit of all times of this package.
func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// verdict says whether a bar is held.
func verdict(value, bar float64) string {
	if value > bar {
		return "missed"
	}
	return "held"
}
