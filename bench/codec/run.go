package codec

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// run builds the runtime's tests and lets them run the benchmark once for each
// round. A single run with a count would take one codec after the other, and
// not in turn.
func run(rounds int, benchtime string) (map[string]map[string]cost, error) {
	dir, err := os.MkdirTemp("", "codec")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "client.test")
	if out, err := exec.Command("go", "test", "-c", "-o", program, runtimePackage).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go test -c: %w\n%s", err, out)
	}
	results := map[string]map[string]cost{}
	for range rounds {
		out, err := exec.Command(program, "-test.run", "^$", "-test.bench", "^BenchmarkCodec$", "-test.cpu", "1", "-test.benchtime", benchtime).CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("%w\n%s", err, out)
		}
		if err := add(results, string(out)); err != nil {
			return nil, err
		}
	}
	return results, nil
}

var line = regexp.MustCompile(`(?m)^BenchmarkCodec/(\w+)/(\w+)\s.*?([\d.]+) ns/op.*?([\d.]+) allocs/op$`)

// add enters what a round has printed. Every message is to be there with both
// codecs.
func add(results map[string]map[string]cost, output string) error {
	for _, m := range messages {
		if results[m.name] == nil {
			results[m.name] = map[string]cost{}
		}
	}
	found := line.FindAllStringSubmatch(output, -1)
	if len(found) != 2*len(messages) {
		return fmt.Errorf("%d results of a benchmark that has %d:\n%s", len(found), 2*len(messages), output)
	}
	for _, f := range found {
		of, known := results[f[1]]
		if !known || f[2] != ours && f[2] != straight {
			return fmt.Errorf("the benchmark has a result for %s/%s", f[1], f[2])
		}
		c := of[f[2]]
		c.ns, c.allocs = append(c.ns, number(f[3])), append(c.allocs, number(f[4]))
		of[f[2]] = c
	}
	return nil
}

// number reads what the pattern has matched.
func number(digits string) float64 {
	n, _ := strconv.ParseFloat(digits, 64)
	return n
}
