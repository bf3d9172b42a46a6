package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/amqpgen/amqpgen/bench"
)

// writeMachine tells what it was measured on, and with.
func writeMachine(w io.Writer, suite *bench.Suite) {
	fmt.Fprintf(w, "Measured on %s, %d cores, Linux %s.\n\n", processor(), runtime.NumCPU(), kernel())
	t := table{head: []string{"with", "version"}, left: 2}
	for _, v := range suite.Versions() {
		t.add(v.Name, v.Version)
	}
	t.write(w)
}

func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "an unknown processor"
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// kernel is the release, without what only this machine's build says of itself.
func kernel() string {
	text, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "of unknown release"
	}
	numbers := strings.SplitN(strings.TrimSpace(string(text)), ".", 3)
	return strings.Join(numbers[:min(len(numbers), 2)], ".")
}
