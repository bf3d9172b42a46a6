package qpid

import "syscall"

// supported says that processes can be handled on this system.
const supported = true

// attributes puts a child into its own group and has the kernel kill it when the thread that forked ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// killGroup kills the process group that pid leads.
func killGroup(pid int) error { return syscall.Kill(-pid, syscall.SIGKILL) }

// terminate asks the child to end in an orderly way.
func (p *process) terminate() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
