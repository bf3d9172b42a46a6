// Package lint finds what is allowed in a specification of the 0-8 family and
// yet is likely a mistake, or at odds with what brokers do.
package lint

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/amqpgen/amqpgen/model"
)

// Finding is what a rule says about a place in a specification.
type Finding struct {
	Pos  model.Pos
	Text string
	Rule string
}

// String gives file:line:col: text (rule).
func (f Finding) String() string { return fmt.Sprintf("%s: %s (%s)", f.Pos, f.Text, f.Rule) }

// Rule is one thing to look for.
type Rule struct {
	Name string
	Why  string // a paragraph: what is wrong with it, and what to do

	check func(*linter)
}

// linter holds the rules' common view of a specification, and what they find.
type linter struct {
	*model.Classic
	rule  string
	asked map[*model.Method][]*model.Method // reply → the methods that it answers
	found []Finding
}

// Check runs all rules over a resolved specification. The findings come by
// position.
func Check(body *model.Classic) []Finding {
	l := &linter{Classic: body, asked: map[*model.Method][]*model.Method{}}
	for m := range l.methods {
		for _, reply := range m.Replies {
			l.asked[reply] = append(l.asked[reply], m)
		}
	}
	for _, r := range Rules {
		l.rule = r.Name
		r.check(l)
	}
	Sort(l.found)
	return l.found
}

// Sort puts findings into the order of their places.
func Sort(fs []Finding) {
	slices.SortStableFunc(fs, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(a.Pos.File, b.Pos.File),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Col, b.Pos.Col),
		)
	})
}

func (l *linter) addf(pos model.Pos, format string, args ...any) {
	l.found = append(l.found, Finding{pos, fmt.Sprintf(format, args...), l.rule})
}

// methods ranges over the methods of all classes.
func (l *linter) methods(yield func(*model.Method) bool) {
	for _, cl := range l.Classes {
		for _, m := range cl.Methods {
			if !yield(m) {
				return
			}
		}
	}
}

// fields ranges over arguments and content properties, each with the name of
// what has it.
func (l *linter) fields(yield func(owner string, f *model.Field) bool) {
	for _, cl := range l.Classes {
		for _, f := range cl.Properties {
			if !yield("content of "+cl.Name, f) {
				return
			}
		}
		for _, m := range cl.Methods {
			for _, f := range m.Fields {
				if !yield(m.FullName(), f) {
					return
				}
			}
		}
	}
}
