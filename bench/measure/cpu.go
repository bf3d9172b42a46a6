package measure

import (
	"os"
	"syscall"
	"time"
)

// CPU returns the user and system time that this process has used so far, all
// threads together.
func CPU() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // it has no reason to, with these arguments
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// CPUOf returns the same of a process that has ended, with those that it
// started and waited for.
func CPUOf(ended *os.ProcessState) time.Duration { return ended.UserTime() + ended.SystemTime() }
