package peer

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/amqpgen/amqpgen/bench/words"
)

// The peer is the measuring program itself, started again with this set.
const roleVariable = "AMQPGEN_BENCH_PEER"

// MainIfPeer is to be called first of all by a program that measures. In a
// process that was started as the peer it serves one connection and exits.
func MainIfPeer() {
	if os.Getenv(roleVariable) == "" {
		return
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench peer:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run says on its output where it listens and, in the end, what it received.
func run() error {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	l.SetDeadline(time.Now().Add(patience)) // it should not outlive a program that fails to connect
	nc, err := l.Accept()
	if err != nil {
		return err
	}
	counts, err := serve(nc)
	if err != nil {
		return err
	}
	fmt.Println(strings.Join(words.Format(counts.fields()), " "))
	return nc.Close()
}

// Process is a peer that waits for a connection, or has one.
type Process struct {
	Address string

	cmd    *exec.Cmd
	output *bufio.Reader
}

// Start starts a peer.
func Start() (*Process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), roleVariable+"=1")
	cmd.Stderr = os.Stderr
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, output: bufio.NewReader(output)}
	if _, err := fmt.Fscanln(p.output, &p.Address); err != nil {
		p.Kill()
		return nil, fmt.Errorf("the peer did not say where it listens: %w", err)
	}
	return p, nil
}

// Counts returns what the peer has counted over the connection that has ended,
// and so has the peer.
func (p *Process) Counts() (c Counts, err error) {
	line, err := p.output.ReadString('\n')
	if err != nil {
		p.Kill()
		return c, fmt.Errorf("the peer did not say what it counted: %w", err)
	}
	if err := words.Parse(c.fields(), strings.Fields(line)); err != nil {
		p.Kill()
		return c, err
	}
	return c, p.cmd.Wait()
}

// Kill ends a peer whose connection failed.
func (p *Process) Kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}
