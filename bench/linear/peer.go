package linear

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// peer is the program in the folder sink as another process, so that its CPU
// is not on the client's account.
type peer struct {
	uri string

	cmd  *exec.Cmd
	life io.Closer // its standard input: it ends with that
}

// startPeer builds the sink into a folder and starts it.
func startPeer(dir string) (*peer, error) {
	program := filepath.Join(dir, "sink")
	build := exec.Command("go", "build", "-o", program, "github.com/amqpgen/amqpgen/bench/linear/sink")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, out)
	}
	p := &peer{cmd: exec.Command(program)}
	p.cmd.Stderr = os.Stderr
	life, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	p.life = life
	output, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	var address string
	if _, err := fmt.Fscanln(output, &address); err != nil {
		return nil, errors.Join(fmt.Errorf("the sink did not say where it listens: %w", err), p.stop())
	}
	p.uri = "amqp://" + address + "/?heartbeat=0"
	return p, nil
}

func (p *peer) stop() error { return errors.Join(p.life.Close(), p.cmd.Wait()) }

// dial opens a connection and a channel.
func (p *peer) dial(o *amqp08.Config) (*amqp08.Connection, *amqp08.Channel, error) {
	conn, err := amqp08.Dial(context.Background(), p.uri, o)
	if err != nil {
		return nil, nil, err
	}
	ch, err := conn.Channel(context.Background())
	return conn, ch, err
}

// took returns how many messages the peer has got so far, over all connections.
func (p *peer) took() (uint32, error) {
	conn, ch, err := p.dial(nil)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	ok, err := ch.QueueDeclare(context.Background(), amqp08.QueueDeclare{Queue: "all", Passive: true})
	if err != nil {
		return 0, err
	}
	return ok.MessageCount, nil
}

// takes fails unless just so many messages arrive by what is done.
func (p *peer) takes(messages int, do func() error) error {
	before, err := p.took()
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	after, err := p.took()
	if err != nil {
		return err
	}
	if got := int(after - before); got != messages {
		return fmt.Errorf("%d messages were published, %d arrived", messages, got)
	}
	return nil
}
