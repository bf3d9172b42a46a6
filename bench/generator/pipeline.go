package generator

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Pipeline is the program in the folder pipeline, built: it generates packages
// in memory, in a process of its own for each.
type Pipeline struct{ program string }

// BuildPipeline builds the program into a folder. It needs the go tool, and to
// run within the bench module.
func BuildPipeline(dir string) (Pipeline, error) {
	p := Pipeline{filepath.Join(dir, "pipeline")}
	return p, buildWithGenerator(p.program, ".")
}

// buildWithGenerator builds a program in the module of the pipeline, which has
// what the generator depends on, as the bench module has not.
func buildWithGenerator(program, path string) error {
	dir, err := goTool(nil, "list", "-f", "{{.Dir}}", "github.com/amqpgen/amqpgen/bench/generator")
	if err != nil {
		return err
	}
	_, err = goTool(nil, "build", "-C", filepath.Join(strings.TrimSpace(dir), "pipeline"), "-o", program, path)
	return err
}

// Stages are the milliseconds of CPU that the stages took, by their names.
type Stages map[string]float64

// Whole returns the CPU of the stages parse and generate, which are all there
// is from the XML to the files.
func (s Stages) Whole() float64 { return s["parse"] + s["generate"] }

// GenerateLike generates from an XML file, with the overlays of a bundled
// specification. The stages are parse and generate.
func (p Pipeline) GenerateLike(bundled, file string) (Stages, error) {
	return p.run("-file", file, bundled)
}

// Apart generates from a bundled specification. Between the stages parse and
// generate it does parts of the latter by themselves: read, plan, print,
// splice; and format, which is part of print.
func (p Pipeline) Apart(bundled string) (Stages, error) { return p.run("-apart", bundled) }

func (p Pipeline) run(args ...string) (Stages, error) {
	out, err := new(spent).add(exec.Command(p.program, args...))
	if err != nil {
		return nil, err
	}
	return parseStages(out)
}

func parseStages(output string) (Stages, error) {
	s := Stages{}
	for line := range strings.Lines(output) {
		var name string
		var ns float64
		if _, err := fmt.Sscanf(line, "%s %f", &name, &ns); err != nil {
			return nil, fmt.Errorf("the pipeline prints %q: %w", line, err)
		}
		s[name] = ns / 1e6
	}
	return s, nil
}
