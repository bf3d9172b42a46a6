// Package process runs the programs that tests need, such as brokers: each in a process group of its own, with
// its output in a file, and none of them outlives the program that started it.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// Process is a child that was started and is waited for. Its methods may be called from any goroutine; Running,
// Stop and Kill also of a nil Process, which does not run.
type Process struct {
	cmd    *exec.Cmd
	output string        // file of all that the child says; empty if that goes elsewhere
	done   chan struct{} // closed when the child has ended and was waited for
	err    error         // what Wait said; to be read after done
}

// Start starts a command.
//
// The kernel sends the death signal when the thread that forked ends, which can be long before the
// program does. So the goroutine that starts the child keeps its thread until the child has ended.
func Start(cmd *exec.Cmd) (*Process, error) {
	cmd.SysProcAttr = attributes()
	p := &Process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("process: %w", err)
	}
	return p, nil
}

// StartInto starts a command that writes to the file output: a pipe would be held open by helpers that stay a
// moment longer.
func StartInto(output string, cmd *exec.Cmd) (*Process, error) {
	file, err := os.Create(output)
	if err != nil {
		return nil, fmt.Errorf("process: %w", err)
	}
	defer file.Close()
	cmd.Stdout, cmd.Stderr = file, file
	p, err := Start(cmd)
	if err != nil {
		return nil, err
	}
	p.output = output
	return p, nil
}

// run starts the child, reports that, and waits for the child's end.
func (p *Process) run(started chan<- error) {
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

// Pid is the child's number.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// name is what errors call the child.
func (p *Process) name() string { return filepath.Base(p.cmd.Path) }

// Running reports whether the child has not ended.
func (p *Process) Running() bool {
	if p == nil {
		return false
	}
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// pollEvery is how often Await looks.
const pollEvery = 20 * time.Millisecond

// Await polls until the child is ready. If it ends or the context does before, the error shows the end of the
// output.
func (p *Process) Await(ctx context.Context, ready func() bool) error {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for !ready() {
		select {
		case <-p.done:
			return fmt.Errorf("process: %s ended at its start (%v):\n%s", p.name(), p.err, p.Said())
		case <-ctx.Done():
			return fmt.Errorf("process: %s is not ready: %w:\n%s", p.name(), context.Cause(ctx), p.Said())
		case <-ticker.C:
		}
	}
	return nil
}

// Wait waits until the child ends, and returns how. If the context ends before, the child is killed.
func (p *Process) Wait(ctx context.Context) error {
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return errors.Join(context.Cause(ctx), p.Kill())
	}
}

// Stop asks the child to end in an orderly way, and kills it if it has not by then. Stopping what has ended is
// no error.
func (p *Process) Stop(patience time.Duration) error {
	if !p.Running() {
		return nil
	}
	err := errors.Join(p.terminate(), p.Thaw()) // a frozen one would not hear it
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.done:
		return nil
	case <-timer.C:
		return errors.Join(fmt.Errorf("process: %s did not stop and was killed", p.name()), err, p.Kill())
	}
}

// Kill ends the child and its group at once and waits for the child. It does nothing for one that has ended.
func (p *Process) Kill() error {
	if !p.Running() {
		return nil
	}
	if err := p.killGroup(); err != nil && p.Running() {
		return fmt.Errorf("process: kill %s: %w", p.name(), err)
	}
	<-p.done
	return nil
}
