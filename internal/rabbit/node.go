// Package rabbit runs private RabbitMQ brokers for tests: each in a directory of its own, on free ports of
// the loopback address, with an Erlang port mapper of its own, and none of them outlives the program.
//
// It uses the rabbitmq-server of Debian's package, whose 3.x versions are the last to speak AMQP 0-8.
package rabbit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/amqpgen/amqpgen/internal/process"
)

// Options are what a caller may want of a node. The zero value is a broker as the package ships it.
type Options struct {
	// Config is added to rabbitmq.conf as it is.
	Config string
	// Plugins are enabled, in addition to what they need themselves.
	Plugins []string
	// ClusterName is what the broker calls itself to clients; if empty, that tells the machine's name.
	ClusterName string
}

// Node is a private RabbitMQ broker. Its methods may be called from any goroutine; those that start and end
// processes wait for each other.
type Node struct {
	layout layout

	mu     sync.Mutex
	server *process.Process // the beam, Erlang's virtual machine
	mapper *process.Process // epmd
	starts int              // numbers the files of output
}

// errNotRunning answers what needs a running broker.
var errNotRunning = errors.New("rabbit: the broker is not running")

// Start runs a broker in dir, an empty directory of the caller's, and waits until it takes connections. The
// context bounds the start, not the broker's life. Nil options mean the defaults.
func Start(ctx context.Context, dir string, o *Options) (*Node, error) {
	if o == nil {
		o = new(Options)
	}
	l, err := newLayout(dir, *o)
	if err != nil {
		return nil, err
	}
	n := &Node{layout: l}
	if err := n.Restart(ctx); err != nil {
		return nil, err
	}
	return n, nil
}

// Addr is host and port of the AMQP listener.
func (n *Node) Addr() string { return process.Address(n.layout.amqp) }

// URI leads to the default virtual host, with the default user and password.
func (n *Node) URI() string { return "amqp://guest:guest@" + n.Addr() + "/" }

// Restart starts a broker again that was stopped or killed, on the same ports and with the same data. If it
// does not come up, nothing is left running.
func (n *Node) Restart(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.server.Running() {
		return errors.New("rabbit: the broker is running already")
	}
	if err := n.boot(ctx); err != nil {
		return errors.Join(err, n.finish())
	}
	return nil
}

// patience is how long a broker may take to stop.
const patience = 30 * time.Second

// Stop ends the broker in an orderly way, and everything that belongs to it. Stopping what does not run is
// no error.
func (n *Node) Stop() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return errors.Join(n.server.Stop(patience), n.finish())
}

// Kill ends the broker as a crash would, with SIGKILL. Its port mapper stays for a [Node.Restart] or until
// [Node.Stop].
func (n *Node) Kill() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.server.Running() {
		return errNotRunning
	}
	if err := n.server.Kill(); err != nil {
		return err
	}
	return sweep(n.layout.mark(), n.mapper.Pid())
}

// Pause freezes the broker: its connections stay open and nothing answers.
func (n *Node) Pause() error { return n.signal("pause", (*process.Process).Freeze) }

// Resume lets a paused broker go on.
func (n *Node) Resume() error { return n.signal("resume", (*process.Process).Thaw) }

// signal applies one of the signals to a running broker.
func (n *Node) signal(what string, send func(*process.Process) error) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.server.Running() {
		return errNotRunning
	}
	if err := send(n.server); err != nil {
		return fmt.Errorf("rabbit: %s: %w", what, err)
	}
	return nil
}

// finish ends what is still there of the node without asking.
func (n *Node) finish() error {
	return errors.Join(n.server.Kill(), n.mapper.Kill(), sweep(n.layout.mark()))
}
