package rabbit

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// members lists the processes that carry mark, a NAME=value, in their environment: a node's programs and
// whatever those have started, in any process group. Dead ones that nobody waited for have no environment.
func members(mark string) []int {
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		return nil
	}
	var pids []int
	for _, file := range files {
		environ, err := os.ReadFile(file)
		if err != nil || !carries(environ, mark) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// carries reports whether an environment, as the kernel shows it, has the whole entry.
func carries(environ []byte, entry string) bool {
	for variable := range bytes.SplitSeq(environ, []byte{0}) {
		if string(variable) == entry {
			return true
		}
	}
	return false
}

// sweep waits for the last helpers of a dead node, which leave when they see the end of their input, and
// kills those that stay. The pids in spare are let live.
func sweep(mark string, spare ...int) error {
	const calm, limit = time.Second, 5 * time.Second
	start := time.Now()
	for {
		left := without(members(mark), spare)
		if len(left) == 0 {
			return nil
		}
		if time.Since(start) > limit {
			return fmt.Errorf("rabbit: processes %v do not end", left)
		}
		if time.Since(start) > calm {
			killEach(left)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// killEach kills the processes one by one; one that is gone already is as wanted.
func killEach(pids []int) {
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			fmt.Fprintf(os.Stderr, "rabbit: kill %d: %v\n", pid, err)
		}
	}
}

// without returns pids less those in spare.
func without(pids, spare []int) []int {
	drop := make(map[int]bool, len(spare))
	for _, pid := range spare {
		drop[pid] = true
	}
	var rest []int
	for _, pid := range pids {
		if !drop[pid] {
			rest = append(rest, pid)
		}
	}
	return rest
}
