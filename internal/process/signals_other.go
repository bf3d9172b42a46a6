//go:build !linux

package process

import (
	"errors"
	"syscall"
)

// Supported says that processes cannot be handled on this system; who uses this package must refuse.
const Supported = false

var errUnsupported = errors.New("not on this system")

func attributes() *syscall.SysProcAttr { return nil }

// Freeze is not supported on this system.
func (p *Process) Freeze() error { return errUnsupported }

// Thaw is not supported on this system.
func (p *Process) Thaw() error { return errUnsupported }

func (p *Process) terminate() error { return errUnsupported }

func (p *Process) killGroup() error { return errUnsupported }
