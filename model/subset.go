package model

import (
	"slices"
	"strings"
)

// Selection is classes, whole, and methods of others.
type Selection struct {
	Classes []*Class
	Methods []*Method
}

// Has reports whether a method is selected, by itself or with its class.
func (s Selection) Has(m *Method) bool {
	return slices.Contains(s.Classes, m.Class) || slices.Contains(s.Methods, m)
}

// Part says of a subset of a specification what it holds, by names of whole
// classes and of methods, in the order of the specification.
type Part struct {
	Of       *Classic // the whole
	Selected []string
	Needs    []Need
}

// Need is what a subset holds beyond what was selected, and why.
type Need struct {
	Names  []string
	Reason string
}

// Beyond lists the needs, with their reasons.
func (p *Part) Beyond() string {
	var out []string
	for _, n := range p.Needs {
		out = append(out, Enumerate(n.Names)+" ("+n.Reason+")")
	}
	return strings.Join(out, ", ")
}

// Enumerate makes a phrase of names: a, b and c.
func Enumerate(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// Subset returns a specification that has of the classes and methods those
// that are selected alone, in their order, and of the rest everything. Of
// replies it has those that are selected too. The specification that it is
// made of stays as it is.
func (c *Classic) Subset(selected Selection) *Classic {
	out := &Classic{Domains: c.Domains}
	twins := map[*Method]*Method{}
	for _, cl := range c.Classes {
		if twin := cl.subset(selected, twins); len(twin.Methods) > 0 || slices.Contains(selected.Classes, cl) {
			out.Classes = append(out.Classes, twin)
		}
	}
	kept := map[Pos]bool{}
	for m, twin := range twins {
		kept[m.Pos] = true
		twin.Replies = nil
		for _, r := range m.Replies {
			if twins[r] != nil {
				twin.Replies = append(twin.Replies, twins[r])
			}
		}
	}
	for _, note := range c.Notes {
		if kept[note.Pos] {
			out.Notes = append(out.Notes, note)
		}
	}
	return out
}

// subset copies a class with its selected methods, and records which copy is
// whose.
func (c *Class) subset(selected Selection, twins map[*Method]*Method) *Class {
	out := *c
	out.Methods = nil
	for _, m := range c.Methods {
		if selected.Has(m) {
			twin := *m
			twin.Class = &out
			twins[m] = &twin
			out.Methods = append(out.Methods, &twin)
		}
	}
	return &out
}
