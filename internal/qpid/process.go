package qpid

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// process is a child that this package started and waits for.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when the child has ended and was waited for
	err  error         // what Wait said; to be read after done
}

// launch starts cmd in a process group of its own, with its output in a file, and so that it does not
// outlive this program.
//
// The kernel sends the death signal when the thread that forked ends, which can be long before the
// program does. So the goroutine that starts the child keeps its thread until the child has ended.
func launch(cmd *exec.Cmd, output string) (*process, error) {
	file, err := os.Create(output)
	if err != nil {
		return nil, fmt.Errorf("qpid: %w", err)
	}
	defer file.Close()
	cmd.Stdout, cmd.Stderr = file, file
	cmd.SysProcAttr = attributes()
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("qpid: %w", err)
	}
	return p, nil
}

// run starts the child, reports that, and waits for the child's end.
func (p *process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := p.cmd.Start(); err != nil {
		started <- err
		return
	}
	started <- nil
	p.err = p.cmd.Wait()
	close(p.done)
}

// running reports whether p has not ended.
func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// kill ends the child and its group at once and waits for the child. It does nothing for one that has
// ended.
func (p *process) kill() error {
	if !p.running() {
		return nil
	}
	if err := killGroup(p.cmd.Process.Pid); err != nil && p.running() {
		return fmt.Errorf("qpid: kill: %w", err)
	}
	<-p.done
	return nil
}

// ended waits for the child's end, for d at most.
func (p *process) ended(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-p.done:
		return true
	case <-timer.C:
		return false
	}
}

// tail returns the last few kilobytes of a program's output, for an error. Java's stack traces are reduced to
// what they say.
func tail(path string) string {
	const most = 4 << 10
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	var said []byte
	for line := range bytes.Lines(text) {
		if !bytes.HasPrefix(line, []byte("\tat ")) {
			said = append(said, line...)
		}
	}
	return string(bytes.TrimSpace(said[max(0, len(said)-most):]))
}
