// Package garage runs private garagemq brokers for tests: each in a directory of its own, on a free port of the
// loopback address, and none of them outlives the program.
//
// It uses the garagemq of Debian's package, which speaks AMQP 0-9-1 alone.
package garage

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/internal/process"
)

// config is the broker's configuration, but for the port and the place of its data, which it cannot keep in
// memory.
//
//go:embed config.yaml
var config string

// Broker is a private garagemq. Its methods may be called from any goroutine.
type Broker struct {
	server *process.Process
	port   int
}

// Find says whether garagemq can be run here. Its error says what to install.
func Find() error {
	if !process.Supported {
		return errors.New("garage: a private broker needs Linux")
	}
	if _, err := exec.LookPath("garagemq"); err != nil {
		return errors.New("garage: no garagemq in PATH: install it with: apt-get install garagemq")
	}
	return nil
}

// Start runs a broker in dir, an empty directory of the caller's, and waits until it takes connections. The
// context bounds the start, not the broker's life.
func Start(ctx context.Context, dir string) (*Broker, error) {
	ports, err := process.FreePorts(1)
	if err != nil {
		return nil, err
	}
	b := &Broker{port: ports[0]}
	file := filepath.Join(dir, "config.yaml")
	text := fmt.Sprintf(config, b.port, filepath.Join(dir, "data"))
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return nil, fmt.Errorf("garage: %w", err)
	}
	cmd := exec.Command("garagemq", "--config="+file)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir} // nothing of ours but PATH
	if b.server, err = process.StartInto(filepath.Join(dir, "output.txt"), cmd); err != nil {
		return nil, err
	}
	if err := b.server.Await(ctx, func() bool { return process.Answers(b.port) }); err != nil {
		return nil, errors.Join(err, b.server.Kill())
	}
	return b, nil
}

// Addr is host and port of the AMQP listener.
func (b *Broker) Addr() string { return process.Address(b.port) }

// URI leads to the only virtual host, with the only user and password.
func (b *Broker) URI() string { return "amqp://guest:guest@" + b.Addr() + "/" }

// Log is the end of what the broker has said so far.
func (b *Broker) Log() string { return b.server.Said() }

// Stop ends the broker in an orderly way. Stopping what does not run is no error.
func (b *Broker) Stop() error { return b.server.Stop(10 * time.Second) }

// startLimit bounds the start of a test's broker; it takes a tenth of a second on an idle machine.
const startLimit = 30 * time.Second

// ForTest starts a broker for this test and its subtests, which is stopped when the test ends; if the test
// has failed by then, it shows what the broker said. Where garagemq cannot be had the test is skipped, or
// fails if AMQPGEN_REQUIRE_LIVE is 1.
func ForTest(t testing.TB) *Broker {
	t.Helper()
	return process.ForTest(t, Find(), startLimit, Start)
}
