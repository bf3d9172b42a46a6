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
// tool, to run within the bench module, and that the program calls
// [peer.MainIfPeer] first of all. In each of several rounds every size of every
// curve has its turn.
func Report(w io.Writer) error {
	const rounds = 5
	dir, err := os.MkdirTemp("", "linear")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	curves, err := curves(dir)
	if err != nil {
		return fmt.Errorf("linear: %w", err)
	}
	if err := measureAll(curves, rounds); err != nil {
		return fmt.Errorf("linear: %w", err)
	}
	write(w, curves)
	return nil
}

// curves builds the generator, and lists what is measured with it and the client.
func curves(dir string) ([]*curve, error) {
	pipeline, err := generator.BuildPipeline(dir)
	if err != nil {
		return nil, err
	}
	octets := []int{100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000}
	return []*curve{
		{what: "connections: dial, publish, close", unit: "connections", sizes: []int{10, 30, 100, 300, 1000}, cost: connections},
		{what: "channels: open, publish, close", unit: "channels", sizes: []int{1, 10, 100, 1000, 2000}, cost: channels},
		{what: "publish a body", unit: "octets", sizes: octets, large: 10_000, cost: publishes},
		{what: "consume a body", unit: "octets", sizes: octets, large: 10_000, cost: consumes},
		{what: "generate: XML to files", unit: "methods", sizes: []int{10, 100, 1000, 10_000}, cost: specifications{pipeline, dir}.cost},
	}, nil
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
