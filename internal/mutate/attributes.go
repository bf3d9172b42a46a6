package mutate

import (
	"slices"
	"strconv"
)

// attributes lists the attributes of all elements, or those of some names.
func (s *scene) attributes(names ...string) []attribute {
	var out []attribute
	for _, e := range s.elements {
		for _, a := range e.attributes {
			if len(names) == 0 || slices.Contains(names, s.text[a.nameFrom:a.nameTo]) {
				out = append(out, a)
			}
		}
	}
	return out
}

func (s *scene) value(a attribute) string { return s.text[a.valueFrom:a.valueTo] }

// setValue gives one of the attributes another value.
func (s *scene) setValue(from []attribute, value func(old string) string) string {
	a, ok := pick(s.rnd, from)
	if !ok {
		return s.text
	}
	return s.replace(a.valueFrom, a.valueTo, value(s.value(a)))
}

func deleteAttribute(s *scene) string {
	a, _ := pick(s.rnd, s.attributes())
	return s.replace(a.from, a.to, "")
}

func duplicateAttribute(s *scene) string {
	a, _ := pick(s.rnd, s.attributes())
	return s.replace(a.to, a.to, s.text[a.from:a.to])
}

func renameAttribute(s *scene) string {
	a, ok := pick(s.rnd, s.attributes())
	other, _ := pick(s.rnd, s.attributes())
	if !ok {
		return s.text
	}
	return s.replace(a.nameFrom, a.nameTo, s.text[other.nameFrom:other.nameTo])
}

func swapValues(s *scene) string {
	a, _ := pick(s.rnd, s.attributes())
	b, _ := pick(s.rnd, s.attributes())
	if a.to > b.from {
		a, b = b, a
	}
	if a.to > b.from {
		return s.text
	}
	return s.text[:a.valueFrom] + s.value(b) + s.text[a.valueTo:b.valueFrom] + s.value(a) + s.text[b.valueTo:]
}

// changeReference gives a name or type that occurs elsewhere in the file.
func changeReference(s *scene) string {
	names := s.attributes("name", "type", "domain")
	return s.setValue(names, func(old string) string {
		other, _ := pick(s.rnd, names)
		return s.value(other)
	})
}

// oddNames are names that a language, a system or a generator may stumble over.
var oddNames = []string{
	"", " ", "-", "type", "func", "range", "select", "map", "string", "error", "nil", "iota", "init", "main", "ID", "Id", "i d",
	"String", "error-ok", "test", "linux", "amd64", "unix", "doc", "m", "e", "d", "b", "p", "f", "present", "class-id", "nowait", "no wait",
	"no_wait", "a--b", "1st", "straße", "naïve", "a.b", "a/b", "../a", "a b c", "x\u200b", "reply-code", "table", "bit", "octet", "short", "long",
	"longlong", "shortstr", "longstr", "timestamp", "content", "channel", "connection", "context", "fmt", "strconv", "method", "server", "client", "self",
}

func oddName(s *scene) string {
	return s.setValue(s.attributes("name", "type", "domain", "class", "handler", "label", "check"), func(string) string {
		name, _ := pick(s.rnd, oddNames)
		return name
	})
}

// numbers stand at the edges of what fits somewhere.
var numbers = []string{
	"0", "1", "2", "10", "11", "-1", "-0", "+1", "007", "1.5", "1e3", "0x10", "255", "256", "65535", "65536", "2147483647", "2147483648",
	"4294967296", "9223372036854775808", "99999999999999999999", "١", "1 ", "true", "",
}

func changeNumber(s *scene) string {
	var from []attribute
	for _, a := range s.attributes() {
		if _, err := strconv.Atoi(s.value(a)); err == nil {
			from = append(from, a)
		}
	}
	return s.setValue(from, func(string) string {
		number, _ := pick(s.rnd, numbers)
		return number
	})
}
