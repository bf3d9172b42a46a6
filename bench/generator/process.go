package generator

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/amqpgen/amqpgen/specs"
)

// mostOfGofmt is what generating may cost at most, in times of what gofmt does.
const mostOfGofmt = 4

const processHead = `### The whole process

"amqpgen generate" into a folder that is not there yet, then "gofmt -l" of what it wrote, in turn, from the start of
the process to its end. Median of the rounds; ratios round by round. The bar: at most 4 times gofmt's CPU.

| specification | files | generate, CPU ms | gofmt, CPU ms | generate/gofmt, CPU | generate/gofmt, wall | bar |
|---|---:|---:|---:|---:|---:|---|
`

func reportProcess(w io.Writer, dir string, rounds int) error {
	t, err := findTools(dir)
	if err != nil {
		return err
	}
	fmt.Fprint(w, processHead)
	for _, entry := range specs.Bundled {
		r := run{tools: t, spec: entry.Name}
		for range rounds {
			if err := r.round(dir); err != nil {
				return err
			}
		}
		ratio := r.generate.cpu.Over(r.format.cpu)
		fmt.Fprintf(w, "| %s | %d | %.0f | %.0f | %v | %v | %s |\n", entry.Name, r.files, r.generate.cpu.Median(),
			r.format.cpu.Median(), ratio, r.generate.wall.Over(r.format.wall), verdict(ratio.Median(), mostOfGofmt))
	}
	fmt.Fprintln(w)
	return nil
}

// tools are the programs that are measured.
type tools struct{ amqpgen, gofmt string }

// findTools builds amqpgen into a folder, and finds the gofmt that belongs to
// the go tool.
func findTools(dir string) (tools, error) {
	t := tools{amqpgen: filepath.Join(dir, "amqpgen")}
	if err := buildWithGenerator(t.amqpgen, "github.com/amqpgen/amqpgen/cmd/amqpgen"); err != nil {
		return t, err
	}
	root, err := goTool(nil, "env", "GOROOT")
	t.gofmt = filepath.Join(strings.TrimSpace(root), "bin", "gofmt")
	return t, err
}

// run is what the processes took for one specification.
type run struct {
	tools
	spec  string
	files int // that were written

	start, generate, check, format spent
}

// round lets each process have its turn: one that only says how it is used, one
// that writes a package, one that compares it with what it would write, and
// gofmt.
func (r *run) round(dir string) error {
	out := filepath.Join(dir, "amqp")
	defer os.RemoveAll(out)
	amqpgen := func(verb string) *exec.Cmd {
		return exec.Command(r.amqpgen, verb, "-q", "-spec", r.spec, "-package", "amqp", "-out", out)
	}
	if _, err := r.start.add(exec.Command(r.amqpgen, "help")); err != nil {
		return err
	}
	if _, err := r.generate.add(amqpgen("generate")); err != nil {
		return err
	}
	if _, err := r.check.add(amqpgen("check")); err != nil {
		return err
	}
	unformatted, err := r.format.add(exec.Command(r.gofmt, "-l", out))
	if err == nil && unformatted != "" {
		err = fmt.Errorf("%s: gofmt would change %s", r.spec, unformatted)
	}
	if err != nil {
		return err
	}
	written, err := filepath.Glob(filepath.Join(out, "*.go"))
	r.files = len(written)
	return err
}
