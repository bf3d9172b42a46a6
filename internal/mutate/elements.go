package mutate

import (
	"fmt"
	"regexp"
	"strings"
)

// element is where an element stands in a text: from its first octet to
// behind its end tag.
type element struct {
	from, to   int
	name       string
	attributes []attribute
}

// attribute is where an attribute stands: its name, its value without the
// quotes, and all of it with the blank before.
type attribute struct {
	from, to, nameFrom, nameTo, valueFrom, valueTo int
}

var (
	tag           = regexp.MustCompile(`<(/?)([A-Za-z][-\w]*)((?:\s+[-\w:]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(/?)>`)
	attributeText = regexp.MustCompile(`\s+([-\w:]+)\s*=\s*["']([^"'<]*)["']`)
)

// scan finds the elements of what may be broken XML, as well as can be. An
// element without an end tag is left out.
func scan(text string) []element {
	var done, open []element
	for _, m := range tag.FindAllStringSubmatchIndex(text, -1) {
		name := text[m[4]:m[5]]
		if m[2] == m[3] {
			open = append(open, element{from: m[0], to: m[1], name: name, attributes: attributes(text, m[6], m[7])})
		}
		closes := m[2] < m[3] || m[8] < m[9]
		if n := len(open); closes && n > 0 && open[n-1].name == name {
			open[n-1].to = m[1]
			done = append(done, open[n-1])
			open = open[:n-1]
		}
	}
	return done
}

func attributes(text string, from, to int) []attribute {
	var out []attribute
	for _, m := range attributeText.FindAllStringSubmatchIndex(text[from:to], -1) {
		out = append(out, attribute{from + m[0], from + m[1], from + m[2], from + m[3], from + m[4], from + m[5]})
	}
	return out
}

func (s *scene) source(e element) string { return s.text[e.from:e.to] }

// change draws an element and puts something in its place.
func (s *scene) change(by func(source string) string) string {
	e, ok := pick(s.rnd, s.elements)
	if !ok {
		return s.text
	}
	return s.replace(e.from, e.to, by(s.source(e)))
}

func deleteElement(s *scene) string { return s.change(func(string) string { return "" }) }

func duplicateElement(s *scene) string { return s.change(func(e string) string { return e + e }) }

func nest(s *scene) string {
	depth := 1 + s.rnd.IntN(30)
	name := []string{"class", "method", "field", "doc", "rule", "domain", "x"}[s.rnd.IntN(7)]
	return s.change(func(e string) string {
		return strings.Repeat("<"+name+">", depth) + e + strings.Repeat("</"+name+">", depth)
	})
}

// moveElement puts an element behind another one that is not in it.
func moveElement(s *scene) string {
	e, f, ok := s.apart()
	if !ok {
		return s.text
	}
	return s.text[:e.from] + s.text[e.to:f.to] + s.source(e) + s.text[f.to:]
}

func swapElements(s *scene) string {
	e, f, ok := s.apart()
	if !ok {
		return s.text
	}
	return s.text[:e.from] + s.source(f) + s.text[e.to:f.from] + s.source(e) + s.text[f.to:]
}

// apart draws two elements of which neither is within the other.
func (s *scene) apart() (first, second element, ok bool) {
	for range 20 {
		e, _ := pick(s.rnd, s.elements)
		f, _ := pick(s.rnd, s.elements)
		if e.to > 0 && e.to <= f.from {
			return e, f, true
		}
	}
	return first, second, false
}

func renameElement(s *scene) string {
	e, ok := pick(s.rnd, s.elements)
	other, _ := pick(s.rnd, s.elements)
	if !ok {
		return s.text
	}
	source := strings.TrimPrefix(s.source(e), "<"+e.name)
	if before, closes := strings.CutSuffix(source, "</"+e.name+">"); closes {
		source = before + "</" + other.name + ">"
	}
	return s.replace(e.from, e.to, "<"+other.name+source)
}

// takeElement puts an element of another file behind one of the same name.
func takeElement(s *scene) string {
	other, _ := pick(s.rnd, s.others)
	theirs, ok := pick(s.rnd, other.elements)
	if !ok {
		return s.text
	}
	var twins []element
	for _, e := range s.elements {
		if e.name == theirs.name {
			twins = append(twins, e)
		}
	}
	twin, ok := pick(s.rnd, twins)
	if !ok {
		return s.text
	}
	return s.replace(twin.to, twin.to, other.text[theirs.from:theirs.to])
}

func insertText(s *scene) string {
	return s.change(func(e string) string { return fmt.Sprintf("%s\ntext %d", e, s.rnd.IntN(100)) })
}
