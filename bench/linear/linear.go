// Package linear measures how the CPU of the client and of the generator grows
// with what they have to do: it should grow as the work does, and not faster.
package linear

import (
	"fmt"
	"io"
	"os"

	"github.com/amqpgen/amqpgen/bench/generator"
)

// Report measures every curve and writes a section in Markdown. It needs the go
// tool, and to run within the bench module. In each of several rounds every size
// of every curve has its turn.
func Report(w io.Writer) error {
	const rounds = 5
	dir, err := os.MkdirTemp("", "linear")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	curves, stop, err := curves(dir)
	if err != nil {
		return fmt.Errorf("linear: %w", err)
	}
	defer stop()
	if err := measureAll(curves, rounds); err != nil {
		return fmt.Errorf("linear: %w", err)
	}
	write(w, curves)
	return nil
}

// curves starts the peer, builds the generator, and lists what is measured with
// them.
func curves(dir string) (all []*curve, stop func() error, err error) {
	pipeline, err := generator.BuildPipeline(dir)
	if err != nil {
		return nil, nil, err
	}
	p, err := startPeer(dir)
	if err != nil {
		return nil, nil, err
	}
	octets := []int{100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000}
	return []*curve{
		{what: "connections: dial, publish, close", unit: "connections", sizes: []int{10, 30, 100, 300, 1000}, cost: p.connections},
		{what: "channels: open, publish, close", unit: "channels", sizes: []int{1, 10, 100, 1000, 2000}, cost: p.channels},
		{what: "publish a body", unit: "octets", sizes: octets, large: 10_000, cost: p.publishes},
		{what: "consume a body", unit: "octets", sizes: octets, large: 10_000, cost: p.consumes},
		{what: "generate: XML to files", unit: "methods", sizes: []int{10, 100, 1000, 10_000}, cost: specifications{pipeline, dir}.cost},
	}, p.stop, nil
}

func measureAll(curves []*curve, rounds int) error {
	for _, c := range curves {
		if err := c.calibrate(); err != nil {
			return err
		}
	}
	for range rounds {
		for _, c := range curves {
			if err := c.round(); err != nil {
				return err
			}
		}
	}
	return nil
}
