package process

import "syscall"

// Supported says that processes can be handled on this system.
const Supported = true

// attributes puts a child into its own group and has the kernel kill it when the thread that forked ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// Freeze stops the child where it stands.
func (p *Process) Freeze() error { return p.cmd.Process.Signal(syscall.SIGSTOP) }

// Thaw lets a frozen child go on.
func (p *Process) Thaw() error { return p.cmd.Process.Signal(syscall.SIGCONT) }

// terminate asks the child to end in an orderly way.
func (p *Process) terminate() error { return p.cmd.Process.Signal(syscall.SIGTERM) }

// killGroup kills the process group that the child leads.
func (p *Process) killGroup() error { return syscall.Kill(-p.Pid(), syscall.SIGKILL) }
