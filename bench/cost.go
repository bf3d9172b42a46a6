package bench

import (
	"runtime"
	"syscall"
	"time"
)

// Cost is what a message costs on average.
type Cost struct {
	Wall   float64 // nanoseconds
	CPU    float64 // nanoseconds, of user and system, all threads of the process
	Allocs float64
	Octets float64 // allocated
}

// spent is what the process has used since it was started.
type spent struct {
	at     time.Time
	cpu    time.Duration
	memory runtime.MemStats
}

func spend() spent {
	var s spent
	runtime.ReadMemStats(&s.memory)
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // it has no reason to, with these arguments
	}
	s.cpu = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	s.at = time.Now()
	return s
}

func (s spent) since(before spent, messages int) Cost {
	n := float64(messages)
	return Cost{
		Wall:   float64(s.at.Sub(before.at)) / n,
		CPU:    float64(s.cpu-before.cpu) / n,
		Allocs: float64(s.memory.Mallocs-before.memory.Mallocs) / n,
		Octets: float64(s.memory.TotalAlloc-before.memory.TotalAlloc) / n,
	}
}
