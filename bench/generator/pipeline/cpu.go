package main

import (
	"os"
	"runtime/pprof"
	"syscall"
	"time"
)

// cpu returns the user and system time of the process so far.
func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // it has no reason to, with these arguments
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// startProfile profiles the process until stop is called, unless path is empty.
func startProfile(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return func() {}, err
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close()
	}, pprof.StartCPUProfile(f)
}
