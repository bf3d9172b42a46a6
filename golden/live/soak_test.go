package live

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// soaking says whether the faults are to be brought about as often as `make
// soak` does. A run of all tests takes a few of each.
func soaking() bool { return os.Getenv("AMQPGEN_SOAK") == "1" }

// times is how often a fault is brought about: what the environment says, such
// as AMQPGEN_KILLS=20, or else the first number, or when soaking the second.
func times(t *testing.T, fault string, few, many int) int {
	t.Helper()
	if text := os.Getenv("AMQPGEN_" + strings.ToUpper(fault)); text != "" {
		n, err := strconv.Atoi(text)
		must(t, err)
		return n
	}
	if soaking() {
		return many
	}
	return few
}

// soakReport is what the faults came to, a line for each.
var soakReport []string

// report adds a line for a fault.
func report(t *testing.T, format string, args ...any) {
	t.Helper()
	_, name, _ := strings.Cut(t.Name(), "/")
	if name == "" {
		name = strings.ToLower(strings.TrimPrefix(t.Name(), "Test"))
	}
	line := fmt.Sprintf("%-9s ", name) + fmt.Sprintf(format, args...)
	t.Log(line)
	soakReport = append(soakReport, line)
}

// printReport prints the lines in the end.
func printReport() {
	if soaking() && len(soakReport) > 0 {
		fmt.Println("\n" + strings.Join(soakReport, "\n"))
	}
}

// spread describes how long something took.
type spread []time.Duration

// quantile is the time within which so many in a hundred were done.
func (s spread) quantile(percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(s))
	return sorted[(len(sorted)*percent+99)/100-1]
}

func (s spread) String() string {
	if len(s) == 0 {
		return "none"
	}
	return fmt.Sprintf("median %v, 99 in 100 within %v, longest %v", round(s.quantile(50)), round(s.quantile(99)), round(s.quantile(100)))
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }
