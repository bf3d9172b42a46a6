// Package diff compares two specifications and says of each difference what
// it means on the wire and for those who use the generated Go package.
package diff

import "github.com/amqpgen/amqpgen/model"

// Change is one difference between two specifications.
type Change struct {
	Kind Kind   `json:"kind"`
	What What   `json:"what"`
	Path string `json:"path"`           // as the first specification calls it, unless only the second has it: queue.declare.ticket
	From string `json:"from,omitempty"` // the name, number, type or value before
	To   string `json:"to,omitempty"`   // the same now
	Wire string `json:"wire"`           // incompatible, compatible or none, a colon, and why
	Go   string `json:"go"`             // what becomes of the Go API, or none, a colon, and why
	Step Step   `json:"step"`
}

// Kind says how something differs.
type Kind string

// The kinds of change.
const (
	Added      Kind = "added"
	Removed    Kind = "removed"
	Renumbered Kind = "renumbered" // the name stays, the number does not
	Retyped    Kind = "retyped"    // another elementary type
	Reordered  Kind = "reordered"  // another place among its siblings
	Renamed    Kind = "renamed"    // place, number and layout stay, the name does not
	Changed    Kind = "changed"    // anything else
)

// What says what differs.
type What string

// The things that differ.
const (
	Class     What = "class"
	Method    What = "method"
	Field     What = "field"
	Property  What = "property"
	Constant  What = "constant"
	Domain    What = "domain"
	Reply     What = "reply"
	Direction What = "direction"
	Content   What = "content"
	Header    What = "header"
	Claim     What = "capability"
	Port      What = "port"
)

// Step is the step of a semantic version that a change calls for.
type Step uint8

// The steps of a semantic version, small to large.
const (
	Patch Step = iota
	Minor
	Major
)

// String gives patch, minor or major.
func (s Step) String() string { return [...]string{"patch", "minor", "major"}[s] }

// MarshalText gives the same for machines.
func (s Step) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Largest returns the step that all the changes together call for.
func Largest(changes []Change) Step {
	step := Patch
	for _, c := range changes {
		step = max(step, c.Step)
	}
	return step
}

// Namer makes a Go name of the words of a spec name. What names the Go
// package has is the generator's to decide, so its rule is handed in.
type Namer func(parts ...string) string

// Compare lists what differs from a to b, in a's order: the head, constants
// and domains first, then class by class. What only b has comes behind.
func Compare(a, b *model.Spec, name Namer) []Change {
	c := &comparer{goName: name, pair: map[*model.Method]*model.Method{}}
	c.head(a, b)
	c.constants(a.Constants, b.Constants)
	was, isA := a.Body.(*model.Classic)
	is, isB := b.Body.(*model.Classic)
	if isA && isB {
		c.domains(was.Domains, is.Domains)
		c.classes(was, is)
	}
	return c.out
}

// comparer collects changes.
type comparer struct {
	goName Namer
	before map[number]*model.Method
	after  map[number]*model.Method
	pair   map[*model.Method]*model.Method // a's to b's and back
	out    []Change
}

func (c *comparer) add(ch Change) { c.out = append(c.out, ch) }
