package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/amqpgen/amqpgen/bench/codec"
	"github.com/amqpgen/amqpgen/bench/generator"
	"github.com/amqpgen/amqpgen/bench/linear"
)

// sections follow the scenarios.
var sections = []struct {
	name  string
	write func(io.Writer) error
}{
	{"codec", codec.Report},
	{"linear", linear.Report},
	{"generator", generator.Report},
}

// runSections goes on after one that fails.
func runSections(ctx context.Context, w io.Writer, o options) (err error) {
	for _, s := range sections {
		if !o.wanted(s.name) || ctx.Err() != nil {
			continue
		}
		fmt.Fprintf(os.Stderr, "section %s\n", s.name)
		err = errors.Join(err, s.write(w))
	}
	return err
}
