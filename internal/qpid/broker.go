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
	"time"

	"github.com/amqpgen/amqpgen/internal/process"
)

// config is the broker's initial configuration: one port, one virtual host, one user. Port 0 has the broker
// choose a free one, and secureOnlyMechanisms lets PLAIN in without TLS.
//
//go:embed config.json
var config []byte

// Options are what a caller may want of a broker. The zero value is a broker as the package ships it.
type Options struct {
	// Context sets variables of the broker's context, such as qpid.broker.networkBufferSize.
	Context map[string]string
}

// Broker is a private Broker-J. Its methods may be called from any goroutine.
type Broker struct {
	server *process.Process
	output string // file of all that the broker says
	addr   string
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
	cmd := exec.Command("java", arguments(dir, jars, initial, *o)...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LANG=C.UTF-8"} // nothing of ours but PATH
	b := &Broker{output: filepath.Join(dir, "output.txt")}
	if b.server, err = process.StartInto(b.output, cmd); err != nil {
		return nil, err
	}
	if err := b.server.Await(ctx, b.ready); err != nil {
		return nil, errors.Join(err, b.server.Kill())
	}
	return b, nil
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

// Addr is host and port of the AMQP listener.
func (b *Broker) Addr() string { return b.addr }

// URI leads to the only virtual host, with the only user and password.
func (b *Broker) URI() string { return "amqp://guest:guest@" + b.Addr() + "/" }

// Log is the end of what the broker has said so far.
func (b *Broker) Log() string { return b.server.Said() }

// Stop ends the broker in an orderly way. Stopping what does not run is no error.
func (b *Broker) Stop() error { return b.server.Stop(15 * time.Second) }

// listening finds the port in the broker's output.
var listening = regexp.MustCompile(`BRK-1002 : Starting : Listening on TCP port (\d+)\s`)

// ready looks for the line that the broker prints at the end of its start, and learns its port.
func (b *Broker) ready() bool {
	text, err := os.ReadFile(b.output)
	if err != nil || !strings.Contains(string(text), "BRK-1004 : Qpid Broker Ready") {
		return false
	}
	port := listening.FindSubmatch(text)
	if port == nil {
		return false
	}
	b.addr = process.Loopback + ":" + string(port[1])
	return true
}
