// Package qpid runs private Apache Qpid Broker-J brokers for tests: each in a directory of its own, on a free
// port of the loopback address, with all its data in memory, and none of them outlives the program.
//
// It takes the stock build from Maven Central, through the mvn of this machine, and configures it to speak
// AMQP 0-8, 0-9 and 0-9-1.
package qpid

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/amqpgen/amqpgen/internal/process"
)

// config is the broker's initial configuration: one port, one virtual host, one user. secureOnlyMechanisms lets
// PLAIN in without TLS.
//
//go:embed config.json
var config []byte

// Options are what a caller may want of a broker. The zero value is a broker as the package ships it.
type Options struct {
	// Context sets variables of the broker's context, such as qpid.broker.networkBufferSize.
	Context map[string]string
}

// Broker is a private Broker-J. Its methods may be called from any goroutine; those that start and end processes
// wait for each other.
type Broker struct {
	dir       string
	arguments []string // of java, but for the port
	port      string

	mu     sync.Mutex
	server *process.Process
}

// Start runs a broker in dir, an empty directory of the caller's, and waits until it takes connections. The
// context bounds the start, not the broker's life. Nil options mean the defaults.
func Start(ctx context.Context, dir string, o *Options) (*Broker, error) {
	if o == nil {
		o = new(Options)
	}
	jars, err := classPath()
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, fmt.Errorf("qpid: %w", err)
	}
	initial := filepath.Join(dir, "config.json")
	if err := os.WriteFile(initial, config, 0o644); err != nil {
		return nil, fmt.Errorf("qpid: %w", err)
	}
	b := &Broker{dir: dir, arguments: arguments(dir, jars, initial, *o)}
	const free = "0" // the broker chooses one
	if err := b.boot(ctx, free); err != nil {
		return nil, err
	}
	b.port = b.listensOn()
	return b, nil
}

// Restart starts a broker again that was stopped or killed, on the same port. What it had in memory is gone.
func (b *Broker) Restart(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.server.Running() {
		return errors.New("qpid: the broker is running already")
	}
	return b.boot(ctx, b.port)
}

// boot starts the process and waits until it takes connections. If it does not, nothing is left running.
func (b *Broker) boot(ctx context.Context, port string) error {
	cmd := exec.Command("java", append([]string{"-Dqpid.amqp_port=" + port}, b.arguments...)...)
	cmd.Dir = b.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + b.dir, "LANG=C.UTF-8"} // nothing of ours but PATH
	server, err := process.StartInto(b.output(), cmd)
	if err != nil {
		return err
	}
	b.server = server
	if err := server.Await(ctx, func() bool { return b.listensOn() != "" }); err != nil {
		return errors.Join(err, server.Kill())
	}
	return nil
}

// arguments are those of the Java virtual machine and, behind the class, those of the broker.
func arguments(dir, jars, initial string, o Options) []string {
	args := []string{
		"-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", // a small machine that starts fast
		"-XX:-UsePerfData", "-Djava.io.tmpdir=" + dir, // nothing is written elsewhere
		"-Dqpid.work_dir=" + dir,
	}
	for name, value := range o.Context {
		args = append(args, "-D"+name+"="+value)
	}
	return append(args, "-cp", jars, "org.apache.qpid.server.Main", "-st", "Memory", "-icp", initial)
}

// output is the file of all that the broker has said since its last start.
func (b *Broker) output() string { return filepath.Join(b.dir, "output.txt") }

// Addr is host and port of the AMQP listener.
func (b *Broker) Addr() string { return process.Loopback + ":" + b.port }

// URI leads to the only virtual host, with the only user and password.
func (b *Broker) URI() string { return "amqp://guest:guest@" + b.Addr() + "/" }

// Log is the end of what the broker has said since its last start.
func (b *Broker) Log() string { return b.process().Said() }

// Stop ends the broker in an orderly way. Stopping what does not run is no error.
func (b *Broker) Stop() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.server.Stop(15 * time.Second)
}

// Kill ends the broker at once, as a crash would. Killing what does not run is no error.
func (b *Broker) Kill() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.server.Kill()
}

// Pause stops the broker where it stands: its connections stay open, and silent.
func (b *Broker) Pause() error { return signalled("pause", b.process().Freeze()) }

// Resume lets a paused broker go on.
func (b *Broker) Resume() error { return signalled("resume", b.process().Thaw()) }

// signalled puts the place before the error of a signal.
func signalled(what string, err error) error {
	if err != nil {
		return fmt.Errorf("qpid: %s: %w", what, err)
	}
	return nil
}

func (b *Broker) process() *process.Process {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.server
}

// listening finds the port in the broker's output.
var listening = regexp.MustCompile(`BRK-1002 : Starting : Listening on TCP port (\d+)\s`)

// listensOn is the broker's port, and empty until the broker has printed the line that ends its start.
func (b *Broker) listensOn() string {
	text, err := os.ReadFile(b.output())
	if err != nil || !strings.Contains(string(text), "BRK-1004 : Qpid Broker Ready") {
		return ""
	}
	port := listening.FindSubmatch(text)
	if port == nil {
		return ""
	}
	return string(port[1])
}
