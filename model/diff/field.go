package diff

import (
	"fmt"

	"github.com/amqpgen/amqpgen/model"
)

// list is the fields of one owner, matched.
type list struct {
	what    What
	path    string // queue.declare
	owner   string // QueueDeclare
	matches []match
	same    bool   // what is on both sides has one place in both, and what is on one takes none
	moves   string // the consequence on the wire of a field more or less
	spare   string // the same if what is on both sides stays in its place
}

// fields compares the arguments of a method.
func (c *comparer) fields(was, is *model.Method) {
	l := &list{
		what: Field, path: was.FullName(), owner: c.structName(is),
		matches: align(was.Fields, is.Fields),
		moves:   fmt.Sprintf("incompatible: the arguments of %s have another layout", is.FullName()),
		spare:   "compatible: it is a bit of an octet that is sent anyway",
	}
	before, after := places(was.Layout), places(is.Layout)
	l.same = l.inPlace(before, after) && l.spareBits(before, after)
	c.list(l)
}

// properties compares the content properties of a class.
func (c *comparer) properties(was, is *model.Class) {
	l := &list{
		what: Property, path: was.Name, owner: c.goName(is.Name) + "Properties",
		matches: align(was.Properties, is.Properties),
		moves:   fmt.Sprintf("incompatible: the flags of %s properties have other places", is.Name),
		spare:   "compatible: unless it is sent, since a peer that lacks it cannot read it",
	}
	l.same = l.inPlace(places(was.Layout), places(is.Layout)) && flagWords(was) == flagWords(is) &&
		len(l.matches) == max(len(was.Properties), len(is.Properties)) // no flag goes from one property to another
	c.list(l)
}

// place is where a field is in a layout.
type place struct{ step, bit int }

func places(layout []model.Step) map[*model.Field]place {
	out := map[*model.Field]place{}
	for i, s := range layout {
		for bit, f := range s.Fields {
			out[f] = place{i, bit}
		}
	}
	return out
}

// inPlace reports whether what is on both sides has one place in both.
func (l *list) inPlace(before, after map[*model.Field]place) bool {
	for _, m := range l.matches {
		if m.was != nil && m.is != nil && before[m.was] != after[m.is] {
			return false
		}
	}
	return true
}

// spareBits reports whether all that is on one side only is bits of octets
// that both sides have.
func (l *list) spareBits(before, after map[*model.Field]place) bool {
	for _, m := range l.matches {
		if m.is == nil && before[m.was].bit == 0 || m.was == nil && after[m.is].bit == 0 {
			return false
		}
	}
	return true
}

func flagWords(cl *model.Class) int {
	for _, s := range cl.Layout {
		if s.Kind == model.StepFlags {
			return s.Words
		}
	}
	return 0
}

func (c *comparer) list(l *list) {
	for _, m := range l.matches {
		switch {
		case m.is == nil:
			c.lostField(l, m.was)
		case m.was == nil:
			c.newField(l, m.is)
		default:
			c.field(l, m)
		}
	}
}

func (l *list) wire() string {
	if l.same {
		return l.spare
	}
	return l.moves
}

func (c *comparer) lostField(l *list, was *model.Field) {
	c.add(Change{
		Kind: Removed, What: l.what, Path: l.path + "." + was.Name, From: was.Type.String(),
		Wire: l.wire(), Go: fmt.Sprintf("%s.%s goes", l.owner, c.goName(was.Name)), Step: Major,
	})
}

func (c *comparer) newField(l *list, is *model.Field) {
	step := Major
	if l.same {
		step = Minor
	}
	c.add(Change{
		Kind: Added, What: l.what, Path: l.path + "." + is.Name, To: is.Type.String(),
		Wire: l.wire(), Go: fmt.Sprintf("%s.%s is new", l.owner, c.goName(is.Name)), Step: step,
	})
}

// field compares a field with itself.
func (c *comparer) field(l *list, m match) {
	path := l.path + "." + m.was.Name
	if m.was.Name != m.is.Name {
		c.renamedField(l, path, m)
	} else if m.was.Reserved != m.is.Reserved {
		c.reserved(l, path, m)
	}
	if m.moved {
		c.add(Change{
			Kind: Reordered, What: l.what, Path: path,
			Wire: l.moves, Go: fmt.Sprintf("none: %s.%s stays", l.owner, c.goName(m.is.Name)), Step: Major,
		})
	}
	switch {
	case m.was.Type != m.is.Type:
		c.retyped(l, path, m)
	case ownType(m.was) != ownType(m.is) || m.was.Name == m.is.Name && m.was.TypeName != m.is.TypeName:
		c.fieldDomain(l, path, m)
	}
}

// renamedField also covers names that are one in Go, such as nowait and
// no-wait; a field that becomes reserved, which is how 0-9-1 drops one; and
// the domain, which mostly changes with the name.
func (c *comparer) renamedField(l *list, path string, m match) {
	was, is := c.goName(m.was.Name), c.goName(m.is.Name)
	ch := Change{
		Kind: Renamed, What: l.what, Path: path, From: m.was.Name, To: m.is.Name,
		Wire: "none: names do not travel",
		Go:   fmt.Sprintf("%s.%s becomes %s", l.owner, was, is),
		Step: Major,
	}
	if was == is {
		ch.Go, ch.Step = fmt.Sprintf("none: %s.%s is the name of both", l.owner, is), Patch
	}
	if m.was.Reserved != m.is.Reserved {
		ch.Wire += either(m.is.Reserved, "; its value means nothing any more", "; its value has a meaning now")
		ch.Go += either(m.is.Reserved, "; its options, if there are any, lose it", "; its options, if there are any, get it")
	}
	c.add(ch)
}

func (c *comparer) reserved(l *list, path string, m match) {
	c.add(Change{
		Kind: Changed, What: l.what, Path: path,
		From: either(m.was.Reserved, "reserved", "in use"), To: either(m.is.Reserved, "reserved", "in use"),
		Wire: "compatible: the layout stays; the value " + either(m.is.Reserved, "means nothing any more", "has a meaning now"),
		Go:   fmt.Sprintf("%s.%s stays; its options, if there are any, %s it", l.owner, c.goName(m.is.Name), either(m.is.Reserved, "lose", "get")),
		Step: either(m.is.Reserved, Major, Minor),
	})
}

func (c *comparer) retyped(l *list, path string, m match) {
	ch := Change{
		Kind: Retyped, What: l.what, Path: path, From: m.was.Type.String(), To: m.is.Type.String(),
		Wire: fmt.Sprintf("incompatible: %s has another encoding", path),
		Go:   fmt.Sprintf("%s.%s has another type", l.owner, c.goName(m.is.Name)),
		Step: Major,
	}
	if isString(m.was) && isString(m.is) {
		ch.Go = fmt.Sprintf("none: %s.%s is a string in both; its longest value differs", l.owner, c.goName(m.is.Name))
	}
	c.add(ch)
}

func isString(f *model.Field) bool { return f.Type == model.ShortStr || f.Type == model.LongStr }

// fieldDomain reports another domain of the same elementary type.
func (c *comparer) fieldDomain(l *list, path string, m match) {
	ch := Change{
		Kind: Changed, What: Domain, Path: path, From: m.was.TypeName, To: m.is.TypeName,
		Wire: fmt.Sprintf("none: both are %s", m.is.Type),
		Go:   fmt.Sprintf("none: %s.%s has the same type", l.owner, c.goName(m.is.Name)),
		Step: Patch,
	}
	if ownType(m.was) != ownType(m.is) {
		ch.Go, ch.Step = fmt.Sprintf("%s.%s has another type", l.owner, c.goName(m.is.Name)), Major
	}
	c.add(ch)
}

// ownType names the domain of a field if it is one of the two that have Go
// types of their own.
func ownType(f *model.Field) string {
	if f.TypeName == "reply-code" && f.Type == model.Short || f.TypeName == "delivery-tag" && f.Type == model.LongLong {
		return f.TypeName
	}
	return ""
}
