package rabbit

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/amqpgen/amqpgen/internal/process"
)

// Ctl runs rabbitmqctl with the arguments against the node and returns what it prints. If it fails, the error
// has its complaints.
func (n *Node) Ctl(ctx context.Context, args ...string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", ctlError(args, context.Cause(ctx), "")
	}
	var out, complaints bytes.Buffer
	cmd := exec.Command(filepath.Join(n.layout.sbin, "rabbitmqctl"), args...)
	cmd.Dir, cmd.Env = n.layout.dir, n.layout.environ()
	cmd.Stdout, cmd.Stderr = &out, &complaints
	cmd.WaitDelay = time.Second
	p, err := process.Start(cmd)
	if err != nil {
		return "", ctlError(args, err, "")
	}
	if err := p.Wait(ctx); err != nil {
		return out.String(), ctlError(args, err, complaints.String())
	}
	return out.String(), nil
}

// ctlError says what was run and what came of it.
func ctlError(args []string, err error, complaints string) error {
	command := strings.Join(append([]string{"rabbitmqctl"}, args...), " ")
	if complaints = strings.TrimSpace(complaints); complaints != "" {
		return fmt.Errorf("rabbit: %s: %w:\n%s", command, err, complaints)
	}
	return fmt.Errorf("rabbit: %s: %w", command, err)
}
