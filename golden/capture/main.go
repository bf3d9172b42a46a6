// Capture records the conversations under golden/testdata/pyamqplib: it starts a private RabbitMQ, has
// pyamqplib.py talk to it scenario by scenario, and writes down what crosses.
//
// It needs Debian's rabbitmq-server and python3-amqplib, and is run from the root of the module:
//
//	go run ./golden/capture [-spec file.xml] [scenario...]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/amqpgen/amqpgen/internal/rabbit"
)

func main() {
	spec := flag.String("spec", "specs/amqp0-8.xml", "specification to take the names of classes and methods from")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *spec, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "capture:", err)
		os.Exit(1)
	}
}

// run takes the captures of the chosen scenarios, or of all.
func run(ctx context.Context, spec string, chosen []string) (err error) {
	names, err := readNames(spec)
	if err != nil {
		fmt.Fprintf(os.Stderr, "capture: %v; the notes will have numbers only\n", err)
	}
	dir, err := os.MkdirTemp("", "amqpgen-capture-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	node, err := rabbit.Start(ctx, dir, &rabbit.Options{ClusterName: "golden@localhost"})
	if err != nil {
		return err
	}
	defer func() {
		if end := node.Stop(); err == nil {
			err = end
		}
	}()
	s, err := newStudio(ctx, node, dir, names)
	if err != nil {
		return err
	}
	return s.takeAll(ctx, chosen)
}
