package emit

import (
	"fmt"
	"slices"

	"github.com/amqpgen/amqpgen/emit/plan"
	"github.com/amqpgen/amqpgen/emit/splice"
	"github.com/amqpgen/amqpgen/model"
)

// byRuntime is the reason for what the client's runtime needs.
const byRuntime = "the runtime"

// Select makes a subset of a specification that a package can be generated
// of: what is selected, the replies to that, and what the client's runtime
// speaks of. More methods may bring more of the runtime, which may need more
// methods, and so on until nothing is missing. The Part of what comes back
// tells how it came about.
func Select(spec *model.Spec, selected model.Selection) (*model.Spec, error) {
	body, ok := spec.Body.(*model.Classic)
	if !ok {
		return nil, fmt.Errorf("AMQP %s is of a family without classes and methods", spec.Ident)
	}
	library, err := library()
	if err != nil {
		return nil, err
	}
	c := &closure{body: body, selected: selected, reasons: map[*model.Method]string{}}
	c.seed()
	c.grow(library, methodsByIdentifier(spec, body))
	out := *spec
	out.Part = &model.Part{Of: body, Selected: c.names(""), Needs: c.needs()}
	out.Body = body.Subset(c.kept())
	return &out, nil
}

// methodsByIdentifier maps the names that the emitted code will have for methods.
func methodsByIdentifier(spec *model.Spec, body *model.Classic) map[string]*model.Method {
	pkg, _ := plan.New(spec, "amqp", plan.Runtime{}) // names that clash are found once it is known which are there
	out := map[string]*model.Method{}
	for id, m := range pkg.Identifiers() {
		out[id] = body.Method(m.Wire)
	}
	return out
}

// closure is a selection that grows by what it needs.
type closure struct {
	body     *model.Classic
	selected model.Selection
	reasons  map[*model.Method]string // of what is kept; empty for what is selected
}

// each visits the methods in their order.
func (c *closure) each(do func(*model.Method)) {
	for _, cl := range c.body.Classes {
		for _, m := range cl.Methods {
			do(m)
		}
	}
}

// seed keeps what is selected, and then the replies to that.
func (c *closure) seed() {
	c.each(func(m *model.Method) {
		if c.selected.Has(m) {
			c.reasons[m] = ""
		}
	})
	c.each(func(m *model.Method) {
		if c.selected.Has(m) {
			c.replies(m)
		}
	})
}

// keep adds a method and the replies to it.
func (c *closure) keep(m *model.Method, reason string) {
	if _, known := c.reasons[m]; known {
		return
	}
	c.reasons[m] = reason
	c.replies(m)
}

func (c *closure) replies(m *model.Method) {
	reason := "the reply to " + m.FullName()
	switch {
	case c.reasons[m] == byRuntime:
		reason = byRuntime
	case len(m.Replies) > 1:
		reason = "the replies to " + m.FullName()
	}
	for _, r := range m.Replies {
		c.keep(r, reason)
	}
}

// grow adds what the runtime needs that goes with what is kept so far.
func (c *closure) grow(library *splice.Library, methods map[string]*model.Method) {
	for before := -1; before < len(c.reasons); {
		before = len(c.reasons)
		runtime := library.Choose(features(c.body), features(c.body.Subset(c.kept())))
		for id := range runtime.Mentions() {
			if m := methods[id]; m != nil {
				c.keep(m, byRuntime)
			}
		}
		for name := range runtime.Needs() {
			for _, m := range c.methods(name) {
				c.keep(m, byRuntime)
			}
		}
	}
}

// methods finds the method of that name, or those of the class.
func (c *closure) methods(name string) []*model.Method {
	if m := c.body.Method(name); m != nil {
		return []*model.Method{m}
	}
	if cl := c.body.Class(name); cl != nil {
		return cl.Methods
	}
	return nil
}

// kept is all that is kept.
func (c *closure) kept() model.Selection {
	out := model.Selection{Classes: c.selected.Classes}
	c.each(func(m *model.Method) {
		if _, kept := c.reasons[m]; kept {
			out.Methods = append(out.Methods, m)
		}
	})
	return out
}

// needs groups what is kept beyond what is selected: first what the runtime
// needs.
func (c *closure) needs() []model.Need {
	var out []model.Need
	seen := map[string]bool{"": true}
	add := func(reason string) {
		if names := c.names(reason); !seen[reason] && len(names) > 0 {
			out = append(out, model.Need{Names: names, Reason: reason})
		}
		seen[reason] = true
	}
	add(byRuntime)
	c.each(func(m *model.Method) { add(c.reasons[m]) })
	return out
}

// names lists what is kept for a reason: classes that are whole for it, and
// methods of others.
func (c *closure) names(reason string) []string {
	var out []string
	for _, cl := range c.body.Classes {
		var methods []string
		for _, m := range cl.Methods {
			if r, kept := c.reasons[m]; kept && r == reason {
				methods = append(methods, m.FullName())
			}
		}
		if reason == "" && slices.Contains(c.selected.Classes, cl) || len(methods) > 0 && len(methods) == len(cl.Methods) {
			methods = []string{cl.Name}
		}
		out = append(out, methods...)
	}
	return out
}
