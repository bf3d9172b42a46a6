//go:build !linux

package qpid

import (
	"errors"
	"syscall"
)

// supported says that processes cannot be handled on this system; [Find] and [Start] refuse.
const supported = false

var errUnsupported = errors.New("not on this system")

func attributes() *syscall.SysProcAttr { return nil }

func killGroup(int) error { return errUnsupported }

func (p *process) terminate() error { return errUnsupported }
