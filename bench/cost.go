package bench

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/amqpgen/amqpgen/bench/measure"
)

// spent is what the process has used since it was started.
type spent struct {
	at     time.Time
	cpu    time.Duration
	memory runtime.MemStats
}

func spend() spent {
	var s spent
	runtime.ReadMemStats(&s.memory)
	s.cpu = measure.CPU()
	s.at = time.Now()
	return s
}

func (s spent) since(before spent) Result {
	return Result{
		Wall:   s.at.Sub(before.at),
		CPU:    s.cpu - before.cpu,
		Allocs: s.memory.Mallocs - before.memory.Mallocs,
		Octets: s.memory.TotalAlloc - before.memory.TotalAlloc,
	}
}

// peakMemory returns the most KiB that this process has held. The kernel's
// ru_maxrss is of no use for this: a new program inherits it from the one that
// started it.
func peakMemory() (kib int, err error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	_, err = fmt.Sscan(after, &kib)
	return kib, err
}
