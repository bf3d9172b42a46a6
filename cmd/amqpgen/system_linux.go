//go:build linux && (amd64 || arm64)

package main

import (
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// exchange lets two folders trade their places in one step.
func exchange(a, b string) error {
	const atWorkingFolder, exchangeBoth = ^uintptr(99), 2
	renameat2 := map[string]uintptr{"amd64": 316, "arm64": 276}[runtime.GOARCH]
	from, err := syscall.BytePtrFromString(a)
	if err != nil {
		return err
	}
	to, err := syscall.BytePtrFromString(b)
	if err != nil {
		return err
	}
	_, _, errno := syscall.Syscall6(renameat2, atWorkingFolder, uintptr(unsafe.Pointer(from)),
		atWorkingFolder, uintptr(unsafe.Pointer(to)), exchangeBoth, 0)
	if errno != 0 {
		return &os.LinkError{Op: "exchange", Old: a, New: b, Err: errno}
	}
	return nil
}

// lockFolder waits until no other run works on an output in the folder. Where
// folders cannot be locked it does not wait.
func lockFolder(path string) (unlock func()) {
	dir, err := os.Open(path)
	if err != nil {
		return func() {}
	}
	for syscall.Flock(int(dir.Fd()), syscall.LOCK_EX) == syscall.EINTR {
	}
	return func() { dir.Close() }
}
