// Package golang prints a plan as Go source with jennifer. It decides
// nothing: every name and type stands in the plan.
package golang

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/dave/jennifer/jen"

	"github.com/amqpgen/amqpgen/emit/plan"
)

// Print returns the files that come from the specification, by name, without
// the generated-code header.
func Print(p *plan.Package) (map[string][]byte, error) {
	sheets := map[string]*jen.File{
		"doc.go":            packageDoc(p),
		"spec_constants.go": constants(p),
		"spec_calls.go":     calls(p),
		"spec_options.go":   options(p),
		"spec_dispatch.go":  dispatch(p),
	}
	for _, cl := range p.Classes {
		sheets[cl.File] = class(p, cl)
	}
	return render(sheets)
}

// render formats the files side by side; it is most of a run's time.
func render(sheets map[string]*jen.File) (map[string][]byte, error) {
	var (
		group sync.WaitGroup
		lock  sync.Mutex
		first error
		files = map[string][]byte{}
	)
	for name, sheet := range sheets {
		group.Go(func() {
			var out bytes.Buffer
			err := sheet.Render(&out)
			lock.Lock()
			defer lock.Unlock()
			if err != nil && first == nil {
				first = fmt.Errorf("%s: %w", name, err)
			}
			files[name] = out.Bytes()
		})
	}
	group.Wait()
	return files, first
}

// comment prints documentation, a line each, above what follows.
func comment(doc plan.Paragraphs) *jen.Statement {
	s := jen.Null()
	for i, line := range doc {
		if i > 0 {
			s.Line()
		}
		if line == "" {
			s.Comment("//")
		} else {
			s.Comment("// " + line)
		}
	}
	return s
}

// say is a comment of our own words.
func say(lines ...string) *jen.Statement { return comment(lines) }

// def adds a documented declaration and an empty line.
func def(f *jen.File, doc plan.Paragraphs, declaration *jen.Statement) {
	if len(doc) > 0 {
		f.Add(comment(doc))
	}
	f.Add(declaration)
	f.Line()
}
