package peer

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/amqpgen/amqpgen/bench/words"
)

// The peer is the measuring program itself, started again with this set.
const roleVariable = "AMQPGEN_BENCH_PEER"

// MainIfPeer is to be called first of all by a program that measures. In a
// process that was started as the peer it serves and exits.
func MainIfPeer() {
	if os.Getenv(roleVariable) == "" {
		return
	}
	if err := run(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "bench peer:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run says on its output where it listens and, once its input and all connections
// have ended, what it received.
func run(life io.Reader) error {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	counts, err := serveAll(l, life)
	if err != nil {
		return err
	}
	fmt.Println(strings.Join(words.Format(counts.fields()), " "))
	return nil
}

// serveAll serves all connections that come while life lasts, and the first one
// even if it is only just coming. It returns what they have counted together.
func serveAll(l net.Listener, life io.Reader) (Counts, error) {
	var (
		sessions sync.WaitGroup
		lock     sync.Mutex
		total    Counts
		failures []error
	)
	first := make(chan struct{})
	go func() {
		io.Copy(io.Discard, life)
		select {
		case <-first:
		case <-time.After(patience):
		}
		l.Close()
	}()
	for n := 0; ; n++ {
		nc, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			break
		}
		if err != nil {
			return Counts{}, err
		}
		if n == 0 {
			close(first)
		}
		sessions.Go(func() {
			counts, err := serve(nc)
			nc.Close()
			lock.Lock()
			defer lock.Unlock()
			total.add(counts)
			failures = append(failures, err)
		})
	}
	sessions.Wait()
	return total, errors.Join(failures...)
}

// Process is a peer that waits for connections, or has some.
type Process struct {
	Address string

	cmd    *exec.Cmd
	life   io.Closer // its input: it takes connections for so long
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
	life, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, life: life, output: bufio.NewReader(output)}
	if _, err := fmt.Fscanln(p.output, &p.Address); err != nil {
		p.Kill()
		return nil, fmt.Errorf("the peer did not say where it listens: %w", err)
	}
	return p, nil
}

// Counts waits until all connections have ended, ends the peer, and returns what
// it has counted over them.
func (p *Process) Counts() (c Counts, err error) {
	p.life.Close()
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

// Kill ends a peer of which a connection failed.
func (p *Process) Kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}
