package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Supported says that processes can be handled on this system.
const Supported = true

// attributes puts a child into its own group and has the kernel kill it when the thread that forked ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// freezeLimit is how long a child may take to stand still.
const freezeLimit = 10 * time.Second

var errGoesOn = errors.New("the process goes on")

// Freeze stops the child where it stands, and returns when all its threads do.
// Until then it may still answer, for a while on a busy machine.
func (p *Process) Freeze() error {
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for limit := time.Now().Add(freezeLimit); time.Now().Before(limit); time.Sleep(time.Millisecond) {
		if still, err := p.still(); still || err != nil {
			return err
		}
	}
	return errGoesOn
}

// still reports whether all threads are stopped.
func (p *Process) still() (bool, error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.Pid()))
	if err != nil || len(threads) == 0 {
		return false, err
	}
	for _, thread := range threads {
		stat, err := os.ReadFile(thread)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // it has ended
		}
		if err != nil {
			return false, err
		}
		const stopped = ") T"
		if !bytes.Contains(stat, []byte(stopped)) {
			return false, nil
		}
	}
	return true, nil
}

// Thaw lets a frozen child go on.
func (p *Process) Thaw() error { return p.cmd.Process.Signal(syscall.SIGCONT) }

// terminate asks the child to end in an orderly way.
func (p *Process) terminate() error { return p.cmd.Process.Signal(syscall.SIGTERM) }

// killGroup kills the process group that the child leads.
func (p *Process) killGroup() error { return syscall.Kill(-p.Pid(), syscall.SIGKILL) }
