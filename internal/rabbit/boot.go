package rabbit

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/amqpgen/amqpgen/internal/process"
)

// boot starts the port mapper and the server and waits until the server is ready.
func (n *Node) boot(ctx context.Context) error {
	if err := n.bootMapper(ctx); err != nil {
		return err
	}
	n.starts++
	output := n.layout.path(fmt.Sprintf("log/output-%d.txt", n.starts))
	var err error
	if n.server, err = n.launch(output, filepath.Join(n.layout.sbin, "rabbitmq-server")); err != nil {
		return err
	}
	return n.server.Await(ctx, func() bool { return saysReady(output) && process.Answers(n.layout.amqp) })
}

// bootMapper starts the port mapper, unless it runs. Erlang would start one itself, but as a daemon that
// outlives everything; this one is our child.
func (n *Node) bootMapper(ctx context.Context) error {
	if n.mapper.Running() {
		return nil
	}
	port := n.layout.epmd
	output := n.layout.path("log/epmd.txt")
	var err error
	if n.mapper, err = n.launch(output, "epmd", "-port", strconv.Itoa(port), "-address", process.Loopback); err != nil {
		return err
	}
	return n.mapper.Await(ctx, func() bool { return process.Answers(port) })
}

// launch starts one of the node's programs, which writes to a file.
func (n *Node) launch(output, name string, args ...string) (*process.Process, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = n.layout.dir, n.layout.environ()
	return process.StartInto(output, cmd)
}

// saysReady looks for the line that the server prints at the end of its start.
func saysReady(output string) bool {
	text, err := os.ReadFile(output)
	return err == nil && strings.Contains(string(text), "completed with")
}
