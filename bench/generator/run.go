package generator

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/amqpgen/amqpgen/bench/measure"
)

// spent is what processes took, in milliseconds, round by round. CPU is that of
// the process and of those that it started.
type spent struct{ cpu, wall measure.Values }

// add runs a command and adds what it took. It returns what it printed.
func (s *spent) add(cmd *exec.Cmd) (string, error) {
	start := time.Now()
	out, err := cmd.CombinedOutput()
	wall := time.Since(start)
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	s.cpu = append(s.cpu, milliseconds(measure.CPUOf(cmd.ProcessState)))
	s.wall = append(s.wall, milliseconds(wall))
	return string(out), nil
}

// goTool runs the go tool with more variables, and returns what it printed.
func goTool(env []string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), env...)
	return new(spent).add(cmd)
}
