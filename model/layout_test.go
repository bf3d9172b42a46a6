package model

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// fields makes fields out of words such as a:bit.
func fields(words string) []*Field {
	var out []*Field
	for word := range strings.FieldsSeq(words) {
		name, typ, _ := strings.Cut(word, ":")
		out = append(out, &Field{Name: name, TypeName: typ, Type: TypeByName(typ)})
	}
	return out
}

// numbered makes n fields f1, f2, … of a type.
func numbered(n int, typ string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "f%d:%s ", i+1, typ)
	}
	return b.String()
}

// describe writes steps in a line: names of values, bits in brackets, flag
// words in braces, properties with the word and bit of their flags.
func describe(steps []Step) string {
	var words []string
	for _, s := range steps {
		var names []string
		for _, f := range s.Fields {
			names = append(names, f.Name)
		}
		name := strings.Join(names, " ")
		switch s.Kind {
		case StepValue:
			words = append(words, name)
		case StepBits:
			words = append(words, "["+name+"]")
		case StepFlags:
			words = append(words, fmt.Sprintf("{%d}", s.Words))
		case StepProperty:
			words = append(words, fmt.Sprintf("%s@%d.%d", name, s.Flag.Word, s.Flag.Bit))
		}
	}
	return strings.Join(words, " ")
}

func TestArgumentLayout(t *testing.T) {
	for _, c := range []struct{ fields, want string }{
		{"", ""},
		{"a:short b:shortstr c:table", "a b c"},
		{"a:bit", "[a]"},
		{"a:bit b:bit c:octet", "[a b] c"},
		{"a:octet b:bit c:octet d:bit e:bit", "a [b] c [d e]"},
		{numbered(8, "bit"), "[f1 f2 f3 f4 f5 f6 f7 f8]"},
		{numbered(9, "bit"), "[f1 f2 f3 f4 f5 f6 f7 f8] [f9]"},
		{numbered(9, "bit") + "a:long " + "b:bit", "[f1 f2 f3 f4 f5 f6 f7 f8] [f9] a [b]"},
		{numbered(17, "bit"), "[f1 f2 f3 f4 f5 f6 f7 f8] [f9 f10 f11 f12 f13 f14 f15 f16] [f17]"},
	} {
		if got := describe(argumentLayout(fields(c.fields))); got != c.want {
			t.Errorf("%s: got %s, want %s", c.fields, got, c.want)
		}
	}
}

func TestPropertyLayout(t *testing.T) {
	for _, c := range []struct{ fields, want string }{
		{"", "{1}"},
		{"a:shortstr b:octet", "{1} a@0.15 b@0.14"},
		{"a:bit b:bit c:table", "{1} a@0.15 b@0.14 c@0.13"},
	} {
		if got := describe(propertyLayout(fields(c.fields))); got != c.want {
			t.Errorf("%s: got %s, want %s", c.fields, got, c.want)
		}
	}
}

// TestFlagWords looks at the last property of many: bit 0 of a word is never
// a property's, since it says that another word follows.
func TestFlagWords(t *testing.T) {
	for _, c := range []struct {
		properties, words int
		last              Flag
	}{
		{1, 1, Flag{0, 15}},
		{14, 1, Flag{0, 2}},
		{15, 1, Flag{0, 1}},
		{16, 2, Flag{1, 15}},
		{30, 2, Flag{1, 1}},
		{31, 3, Flag{2, 15}},
		{45, 3, Flag{2, 1}},
		{46, 4, Flag{3, 15}},
		{MaxProperties, 4, Flag{3, 1}},
	} {
		steps := propertyLayout(fields(numbered(c.properties, "octet")))
		if got := steps[0]; got.Kind != StepFlags || got.Words != c.words {
			t.Errorf("%d properties: %d words, want %d", c.properties, got.Words, c.words)
		}
		if got := steps[c.properties].Flag; got != c.last {
			t.Errorf("%d properties: the last is %v, want %v", c.properties, got, c.last)
		}
		if slices.ContainsFunc(steps[1:], func(s Step) bool { return s.Flag.Bit == 0 }) {
			t.Errorf("%d properties: one has the flag of continuation", c.properties)
		}
	}
}
