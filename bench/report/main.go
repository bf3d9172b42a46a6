// Report measures every scenario with amqp091-go, the generated amqp08 and the
// limit in turn, round after round, and prints the ratios as Markdown. It fails
// if a message is lost.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"time"

	"github.com/amqpgen/amqpgen/bench"
	"github.com/amqpgen/amqpgen/bench/peer"
)

func main() {
	peer.MainIfPeer()
	rounds := flag.Int("rounds", 7, "how often to measure each contender")
	duration := flag.Duration("time", 500*time.Millisecond, "what a run is to take, about")
	pattern := flag.String("run", "", "measure the scenarios that match this regular expression")
	flag.Parse()
	if err := report(*rounds, *duration, *pattern); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func report(rounds int, duration time.Duration, pattern string) error {
	if rounds < 1 {
		return errors.New("-rounds is less than 1")
	}
	wanted, err := regexp.Compile(pattern)
	if err != nil {
		return err
	}
	fmt.Println(tableHead)
	for _, s := range bench.Scenarios() {
		if !wanted.MatchString(s.String()) {
			continue
		}
		r, err := measure(s, rounds, duration)
		if err != nil {
			return err
		}
		fmt.Println(r.row(s))
	}
	return nil
}
