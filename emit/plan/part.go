package plan

import "github.com/amqpgen/amqpgen/model"

// part says what a package of a subset holds, by the names of the
// specification.
func part(p *model.Part) Paragraphs {
	if p == nil {
		return nil
	}
	text := "It holds what was selected of that: " + model.Enumerate(p.Selected)
	if len(p.Needs) > 0 {
		text += "; and what this needs: " + p.Beyond()
	}
	return Wrap(text + ".")
}

// Has reports whether the package has a method, such as queue.declare.
func (p *Package) Has(method string) bool {
	for _, cl := range p.Classes {
		for _, m := range cl.Methods {
			if m.Wire == method {
				return true
			}
		}
	}
	return false
}
