package rabbit

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// pollEvery is how often a start looks whether it has come to its end.
const pollEvery = 50 * time.Millisecond

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
	ready := func() bool { return saysReady(output) && answers(n.layout.amqp) }
	return await(ctx, n.server, ready, output)
}

// bootMapper starts the port mapper, unless it runs. Erlang would start one itself, but as a daemon that
// outlives everything; this one is our child.
func (n *Node) bootMapper(ctx context.Context) error {
	if n.mapper.running() {
		return nil
	}
	port := n.layout.epmd
	output := n.layout.path("log/epmd.txt")
	var err error
	if n.mapper, err = n.launch(output, "epmd", "-port", strconv.Itoa(port), "-address", loopback); err != nil {
		return err
	}
	return await(ctx, n.mapper, func() bool { return answers(port) }, output)
}

// launch starts one of the node's programs, which writes to a file: a pipe would be held open by helpers
// that stay a moment longer.
func (n *Node) launch(output, name string, args ...string) (*process, error) {
	file, err := os.Create(output)
	if err != nil {
		return nil, fmt.Errorf("rabbit: %w", err)
	}
	defer file.Close()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = n.layout.dir, n.layout.environ()
	cmd.Stdout, cmd.Stderr = file, file
	p, err := launch(cmd)
	if err != nil {
		return nil, fmt.Errorf("rabbit: %w", err)
	}
	return p, nil
}

// saysReady looks for the line that the server prints at the end of its start.
func saysReady(output string) bool {
	text, err := os.ReadFile(output)
	return err == nil && strings.Contains(string(text), "completed with")
}

// await polls until the process is ready. If it ends or the context does before, the error shows the end of
// the output.
func await(ctx context.Context, p *process, ready func() bool, output string) error {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for !ready() {
		select {
		case <-p.done:
			return fmt.Errorf("rabbit: %s ended at its start (%v):\n%s", filepath.Base(p.cmd.Path), p.err, tail(output))
		case <-ctx.Done():
			return fmt.Errorf("rabbit: %s is not ready: %w:\n%s", filepath.Base(p.cmd.Path), context.Cause(ctx), tail(output))
		case <-ticker.C:
		}
	}
	return nil
}
