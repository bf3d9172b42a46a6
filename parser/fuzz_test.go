package parser

import (
	"os"
	"reflect"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/amqpgen/amqpgen/model"
)

// FuzzParse asserts that a specification says the same after a canonical
// rendering of it and of its overlay: parse(render(parse(x))) = parse(x). It
// holds time and memory to the size of the input, accepted or not. Run it with
// -fuzzminimizetime 20x: the bundled specification is slow to make smaller.
func FuzzParse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, spec, facts []byte) {
		if len(spec) > 1<<20 || len(facts) > 1<<20 {
			t.Skip("too large to render within the caps")
		}
		var first *model.Spec
		start := time.Now()
		spent := allocated(func() { first, _ = parseBoth(spec, facts) })
		if most := uint64(1<<20 + 512*(len(spec)+len(facts))); spent > most {
			t.Errorf("%d octets allocated for %d of input; at most %d are due", spent, len(spec)+len(facts), most)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s for %d octets of input", took, len(spec)+len(facts))
		}
		if first == nil {
			return
		}
		again, err := Parse(Source{Name: "spec", Data: []byte(render(first, true))}, nil)
		if err != nil {
			t.Fatalf("a rendering has findings:\n%v\n%s", err, render(first, true))
		}
		forgetPlaces(first)
		forgetPlaces(again)
		if !reflect.DeepEqual(first, again) {
			t.Errorf("a rendering says something else:\n%s\n%s", render(first, true), render(again, true))
		}
	})
}

// seed adds the bundled specification, the examples of all archives, and the
// documented twin.
func seed(f *testing.F) {
	f.Helper()
	for _, pair := range [][2]string{{"../specs/amqp0-8.xml", "../specs/overlays/amqp0-8-facts.xml"}} {
		spec, err1 := os.ReadFile(pair[0])
		facts, err2 := os.ReadFile(pair[1])
		if err1 != nil || err2 != nil {
			f.Fatal(err1, err2)
		}
		f.Add(spec, facts)
	}
	full, stripped, _ := twin(f)
	f.Add(full, []byte{})
	f.Add(stripped, []byte{})
	for _, file := range archives(f) {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, x := range examples(archive) {
			var facts Source
			if x.facts != nil {
				facts, _ = x.facts(model.Ident{})
			}
			f.Add(x.spec.Data, facts.Data)
		}
	}
}

// parseBoth parses a specification with the overlay that goes with it; an
// empty one is none.
func parseBoth(spec, facts []byte) (*model.Spec, error) {
	lookup := func(model.Ident) (Source, bool) { return Source{Name: "facts", Data: facts}, len(facts) > 0 }
	return Parse(Source{Name: "spec", Data: spec}, lookup)
}

// forgetPlaces clears what a rendering cannot keep: positions, digests, and
// where the notes about them are.
func forgetPlaces(s *model.Spec) {
	s.Sources, s.Pos = nil, model.Pos{}
	for _, c := range s.Constants {
		c.Pos = model.Pos{}
	}
	body := s.Body.(*model.Classic)
	for i := range body.Notes {
		body.Notes[i].Pos = model.Pos{}
	}
	for _, d := range body.Domains {
		d.Pos = model.Pos{}
	}
	for _, cl := range body.Classes {
		cl.Pos = model.Pos{}
		forgetFields(cl.Properties)
		for _, m := range cl.Methods {
			m.Pos = model.Pos{}
			forgetFields(m.Fields)
			for i := range m.ReplyNames {
				m.ReplyNames[i].Pos = model.Pos{}
			}
		}
	}
}

func forgetFields(fields []*model.Field) {
	for _, f := range fields {
		f.Pos = model.Pos{}
	}
}
