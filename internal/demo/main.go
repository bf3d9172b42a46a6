// Command demo tells the whole story of the generated client, step by step, and shows the call of each:
//
//	go run ./internal/demo
//
// It talks to the broker that AMQP_URL names, such as amqp://guest:guest@localhost/, or else to one that it
// starts within itself.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/amqpgen/amqpgen/internal/broker"
)

const interrupted = 130 // the exit status after Ctrl-C

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Getenv("AMQP_URL"), os.Stdout)
	stopped := ctx.Err() != nil
	stop()
	switch {
	case err == nil:
		return
	case stopped && errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "demo: interrupted")
		os.Exit(interrupted)
	}
	fmt.Fprintln(os.Stderr, "demo:", err)
	os.Exit(1)
}

// run tells the story to a broker, its own if there is no URI.
func run(ctx context.Context, uri string, out io.Writer) error {
	if uri != "" {
		fmt.Fprintln(out, "# The broker is the one that AMQP_URL names.")
		return tell(ctx, uri, out)
	}
	b, err := broker.Listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	defer b.Close()
	fmt.Fprintln(out, "# AMQP_URL is not set: the broker is one in memory, within this process.")
	return tell(ctx, b.URI(), out)
}
