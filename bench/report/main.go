// Report measures the scenarios of package bench with all contenders in turn,
// round after round, and then its other sections. It writes medians and ratios as
// Markdown, and fails if a message is lost.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"time"

	"github.com/amqpgen/amqpgen/bench"
)

// options are what the flags say.
type options struct {
	rounds   int
	duration time.Duration
	pattern  *regexp.Regexp
	dir      string // empty for stdout
}

// wanted reports whether a scenario or section is to be measured.
func (o options) wanted(name string) bool { return o.pattern.MatchString(name) }

func main() {
	bench.MainIfChild()
	o, err := parseFlags()
	if err == nil {
		err = run(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func parseFlags() (o options, err error) {
	flag.IntVar(&o.rounds, "rounds", 5, "how often to measure each contender")
	flag.DurationVar(&o.duration, "time", 300*time.Millisecond, "what a run is to take, about; five times that for latencies")
	flag.StringVar(&o.dir, "o", "", "write REPORT.md and plot.svg into this directory, instead of Markdown to stdout")
	pattern := flag.String("run", "", "measure the scenarios and sections whose names match this regular expression")
	flag.Parse()
	if o.rounds < 1 {
		return o, errors.New("-rounds is less than 1")
	}
	o.pattern, err = regexp.Compile(*pattern)
	return o, err
}

// run measures and writes. What was measured before a failure, or an interrupt,
// is written as well.
func run(o options) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var b bytes.Buffer
	all, err := runScenarios(ctx, &b, o)
	err = errors.Join(err, runSections(ctx, &b, o))
	return errors.Join(err, deliver(o.dir, b.Bytes(), all))
}

// runScenarios leaves nothing running.
func runScenarios(ctx context.Context, b *bytes.Buffer, o options) (all []measured, err error) {
	suite, err := bench.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, suite.Close()) }()
	for _, missing := range suite.Missing() {
		fmt.Fprintln(os.Stderr, missing)
	}
	all, err = measureAll(ctx, suite, o)
	writeReport(b, suite, o, all)
	return all, err
}

// deliver writes the report where it is wanted, with the plot if that is a directory.
func deliver(dir string, report []byte, all []measured) error {
	if dir == "" {
		_, err := os.Stdout.Write(report)
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "REPORT.md"), report, 0o644); err != nil {
		return err
	}
	if picture := plot(all); picture != nil {
		return os.WriteFile(filepath.Join(dir, plotFile), picture, 0o644)
	}
	return nil
}
