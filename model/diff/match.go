package diff

import "github.com/amqpgen/amqpgen/model"

// number is a class index and a method index.
type number struct{ class, method int }

func numberOf(m *model.Method) number { return number{m.Class.Index, m.Index} }

// byNumber indexes all methods of a specification.
func byNumber(body *model.Classic) map[number]*model.Method {
	out := map[number]*model.Method{}
	for _, cl := range body.Classes {
		for _, m := range cl.Methods {
			out[numberOf(m)] = m
		}
	}
	return out
}

// sameClass finds the class that was is now: by name, or by number if neither
// name is on the other side and no method has another layout.
func sameClass(was *model.Class, a, b *model.Classic) *model.Class {
	if is := b.Class(was.Name); is != nil {
		return is
	}
	for _, is := range b.Classes {
		if is.Index == was.Index && a.Class(is.Name) == nil && sameMethods(was, is) {
			return is
		}
	}
	return nil
}

// sameMethods reports whether all methods of was are in is, name or no name.
func sameMethods(was, is *model.Class) bool {
	for _, m := range was.Methods {
		if other := methodAt(is, m.Index); other == nil || !alike(m, other) {
			return false
		}
	}
	return len(was.Methods) > 0
}

func methodAt(cl *model.Class, index int) *model.Method {
	for _, m := range cl.Methods {
		if m.Index == index {
			return m
		}
	}
	return nil
}

// pairMethods finds which method of b's class is which of a's. What keeps
// number and layout and changes its name is renamed; the others go by name.
func (c *comparer) pairMethods(a, b *model.Class) {
	for _, was := range a.Methods {
		if is := methodAt(b, was.Index); is != nil && renamed(was, is, a, b) {
			c.marry(was, is)
		}
	}
	for _, was := range a.Methods {
		if is := b.Method(was.Name); is != nil && c.pair[was] == nil && c.pair[is] == nil {
			c.marry(was, is)
		}
	}
}

func (c *comparer) marry(was, is *model.Method) {
	c.pair[was], c.pair[is] = is, was
}

// renamed reports whether two methods of one number are one under two names.
// If both names are on both sides, the methods changed places; if one is, and
// what has it there is the same to the last reply, that one moved.
func renamed(was, is *model.Method, a, b *model.Class) bool {
	if was.Name == is.Name || !alike(was, is) {
		return false
	}
	old, now := a.Method(is.Name), b.Method(was.Name)
	return !(old != nil && now != nil || old != nil && twins(old, is) || now != nil && twins(was, now))
}

// alike reports whether two methods cannot be told apart but by their names,
// numbers and replies.
func alike(a, b *model.Method) bool {
	if a.Content != b.Content || a.FromClient() != b.FromClient() || a.FromServer() != b.FromServer() {
		return false
	}
	if a.Synchronous != b.Synchronous || len(a.Fields) != len(b.Fields) {
		return false
	}
	for i := range a.Fields {
		if a.Fields[i].Type != b.Fields[i].Type {
			return false
		}
	}
	return true
}

// twins reports whether two methods differ in nothing but their numbers.
func twins(a, b *model.Method) bool {
	return alike(a, b) && len(a.Replies) == len(b.Replies)
}

// match is a field before and after; one of the two may be missing.
type match struct {
	was, is *model.Field
	moved   bool // to another place among those that are on both sides
}

// align finds which field of b is which of a: by name in order, by type in
// the gaps between, and by name out of order. It lists a's fields first.
func align(a, b []*model.Field) []match {
	partner := map[*model.Field]*model.Field{}
	i, j := 0, 0
	for _, anchor := range append(common(a, b, sameName), [2]int{len(a), len(b)}) {
		gapA, gapB := lone(a[i:anchor[0]], b), lone(b[j:anchor[1]], a)
		for _, p := range common(gapA, gapB, sameType) {
			partner[gapA[p[0]]] = gapB[p[1]]
		}
		i, j = anchor[0]+1, anchor[1]+1
		if anchor[0] < len(a) {
			partner[a[anchor[0]]] = b[anchor[1]]
		}
	}
	return matches(a, b, partner)
}

// matches lists the pairs, and what has none.
func matches(a, b []*model.Field, partner map[*model.Field]*model.Field) []match {
	var out []match
	met := map[*model.Field]bool{}
	for _, was := range a {
		m := match{was: was, is: partner[was]}
		if m.is == nil {
			m.is = named(was.Name, b)
			m.moved = m.is != nil
		}
		met[m.is] = true
		out = append(out, m)
	}
	for _, is := range b {
		if !met[is] {
			out = append(out, match{is: is})
		}
	}
	return out
}

func sameName(a, b *model.Field) bool { return a.Name == b.Name }
func sameType(a, b *model.Field) bool { return a.Type == b.Type }

func named(name string, fields []*model.Field) *model.Field {
	for _, f := range fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// lone keeps the fields whose names the other side lacks.
func lone(fields, other []*model.Field) []*model.Field {
	var out []*model.Field
	for _, f := range fields {
		if named(f.Name, other) == nil {
			out = append(out, f)
		}
	}
	return out
}

// common finds the longest sequence of equals that is in both, as pairs of
// indexes.
func common(a, b []*model.Field, equal func(a, b *model.Field) bool) [][2]int {
	length := make([][]int, len(a)+1)
	length[len(a)] = make([]int, len(b)+1)
	for i := len(a) - 1; i >= 0; i-- {
		length[i] = make([]int, len(b)+1)
		for j := len(b) - 1; j >= 0; j-- {
			length[i][j] = max(length[i+1][j], length[i][j+1])
			if equal(a[i], b[j]) {
				length[i][j] = max(length[i][j], 1+length[i+1][j+1])
			}
		}
	}
	var out [][2]int
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case equal(a[i], b[j]) && length[i][j] == 1+length[i+1][j+1]:
			out = append(out, [2]int{i, j})
			i, j = i+1, j+1
		case length[i][j] == length[i+1][j]:
			i++
		default:
			j++
		}
	}
	return out
}
