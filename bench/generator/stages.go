package generator

import (
	"fmt"
	"io"

	"github.com/amqpgen/amqpgen/bench/measure"
)

const stagesHead = `### Its stages

CPU of each stage, in milliseconds, and in times of gofmt's for all files of the package. They are taken one by one
through the packages of the generator, in a fresh process for each round. The type check is what emit.Generate takes
beyond the stages before it; writing is what the process of generate takes beyond that of check, which reads
and compares instead.

| stage | 0-8, ms | of gofmt | rabbitmq, ms | of gofmt |
|---|---:|---:|---:|---:|
`

func reportStages(w io.Writer, dir string, rounds int) error {
	t, err := findTools(dir)
	if err != nil {
		return err
	}
	p, err := BuildPipeline(dir)
	if err != nil {
		return err
	}
	left, right := newBreakdown(t, "0-8"), newBreakdown(t, "rabbitmq")
	for range rounds {
		for _, b := range []*breakdown{left, right} {
			if err := b.round(p, dir); err != nil {
				return err
			}
		}
	}
	fmt.Fprint(w, stagesHead)
	for i, s := range left.rows() {
		fmt.Fprintf(w, "| %s | %s | %s |\n", s.name, left.cells(s), right.cells(right.rows()[i]))
	}
	fmt.Fprintln(w)
	return nil
}

// breakdown is what a specification takes, stage by stage.
type breakdown struct {
	run
	stages map[string]measure.Values // by the pipeline's names
}

func newBreakdown(t tools, spec string) *breakdown {
	return &breakdown{run: run{tools: t, spec: spec}, stages: map[string]measure.Values{}}
}

// round takes the processes and then the pipeline.
func (b *breakdown) round(p Pipeline, dir string) error {
	if err := b.run.round(dir); err != nil {
		return err
	}
	stages, err := p.Apart(b.spec)
	for name, ms := range stages {
		b.stages[name] = append(b.stages[name], ms)
	}
	return err
}

// row is a stage, and its milliseconds of CPU.
type row struct {
	name string
	cpu  measure.Values
}

func (b *breakdown) rows() []row {
	s := b.stages
	check := s["generate"].Minus(s["read"]).Minus(s["plan"]).Minus(s["print"]).Minus(s["splice"])
	return []row{
		{"start of the process", b.start.cpu},
		{"parse: XML to model", s["parse"]},
		{"read the runtime's files", s["read"]},
		{"plan: names, types, files", s["plan"]},
		{"print with jennifer, formatted", s["print"]},
		{"– of that, formatting alone", s["format"]},
		{"splice: the runtime's files", s["splice"]},
		{"type check of the package", check},
		{"write", b.generate.cpu.Minus(b.check.cpu)},
		{"the whole process", b.generate.cpu},
	}
}

func (b *breakdown) cells(r row) string {
	return fmt.Sprintf("%.1f | %v", r.cpu.Median(), r.cpu.Over(b.format.cpu))
}
