package bench

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/amqpgen/amqpgen/bench/peer"
	"github.com/amqpgen/amqpgen/bench/words"
)

// client is a contender in Go: a connection, with channels.
type client interface {
	// run does what a task asks for. It fails if a delivery is missing.
	run(Task, *latencies) error
	// close returns once the server has taken all that was published.
	close() error
}

// dial opens the connection, and as many channels as the task has.
type dial func(Task) (client, error)

// uri is for all libraries. The peer lets everybody in.
func uri(address string) string { return "amqp://guest:guest@" + address + "/?heartbeat=0" }

var errNotMine = errors.New("this contender does not take part in that")

// perform does the work of a client's process.
func (d dial) perform(t Task) (Result, error) {
	cl, err := d(t)
	if err != nil {
		return Result{}, err
	}
	l := newLatencies(t)
	runtime.GC() // what came before is not on this account
	before := spend()
	err = cl.run(t, l)
	if closing := cl.close(); err == nil {
		err = closing
	}
	r := spend().since(before)
	r.Messages = t.Messages
	l.into(&r)
	return r, err
}

// A client in Go is the measuring program itself, started again with this set
// to the contender's name.
const clientVariable = "AMQPGEN_BENCH_CLIENT"

// MainIfChild is to be called first of all by a program that measures. In a
// process that was started as a peer or a client it does that work and exits.
func MainIfChild() {
	peer.MainIfPeer()
	name := os.Getenv(clientVariable)
	if name == "" {
		return
	}
	if err := clientMain(name); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func clientMain(name string) error {
	var t Task
	if err := words.Parse(t.fields(), os.Args[1:]); err != nil {
		return err
	}
	c, err := contender(name)
	if err != nil {
		return err
	}
	r, err := c.dial.perform(t)
	if err != nil {
		return err
	}
	if r.RSS, err = peakMemory(); err != nil {
		return err
	}
	fmt.Println(r.line())
	return nil
}
