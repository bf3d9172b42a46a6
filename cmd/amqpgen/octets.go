package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/amqpgen/amqpgen/model"
)

// row is a line of a layout: how many octets, what they are, what is in them.
type row struct{ octets, name, holds string }

// rows writes a layout.
func (x *explainer) rows(rows []row) {
	t := tabwriter.NewWriter(x, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		fmt.Fprintf(t, "  %s\t%s\t%s\n", r.octets, r.name, r.holds)
	}
	_ = t.Flush() // a Builder takes all
}

// payload lays out a method frame's payload.
func payload(m *model.Method) []row {
	rows := []row{
		{"2", "class-id", fmt.Sprintf("0x%04x", m.Class.Index)},
		{"2", "method-id", fmt.Sprintf("0x%04x", m.Index)},
	}
	for _, s := range m.Layout {
		if s.Kind == model.StepBits {
			rows = append(rows, row{"1", "bits", bits(s.Fields)})
			continue
		}
		rows = append(rows, row{size(s.Fields[0].Type), s.Fields[0].Name, s.Fields[0].Type.String()})
	}
	return rows
}

// bits lists the fields of an octet, the lowest bit first.
func bits(fields []*model.Field) string {
	var out []string
	for i, f := range fields {
		out = append(out, fmt.Sprintf("bit %d %s", i, f.Name))
	}
	return strings.Join(out, ", ")
}

// header lays out a content header frame's payload.
func header(cl *model.Class) []row {
	rows := []row{
		{"2", "class-id", fmt.Sprintf("0x%04x", cl.Index)},
		{"2", "weight", "0x0000"},
		{"8", "body-size", "longlong"},
	}
	for _, s := range cl.Layout {
		if s.Kind == model.StepFlags {
			rows = append(rows, flagWords(cl, s.Words)...)
			continue
		}
		rows = append(rows, property(s))
	}
	return rows
}

// property lays out what stands in a content header if a flag is set.
func property(s model.Step) row {
	f := s.Fields[0]
	if f.Type == model.Bit {
		return row{"0", f.Name, "bit: the flag is its value"}
	}
	flag := fmt.Sprintf("bit %d", s.Flag.Bit)
	if s.Flag.Word > 0 {
		flag += fmt.Sprintf(" of flag word %d", s.Flag.Word+1)
	}
	return row{size(f.Type), f.Name, f.Type.String() + ", if " + flag}
}

// flagWords lays out the words that say which properties follow.
func flagWords(cl *model.Class, words int) []row {
	flags := make([][]string, words)
	for _, s := range cl.Layout {
		if s.Kind == model.StepProperty {
			flags[s.Flag.Word] = append(flags[s.Flag.Word], fmt.Sprintf("bit %d %s", s.Flag.Bit, s.Fields[0].Name))
		}
	}
	var rows []row
	for i, word := range flags {
		if i < words-1 {
			word = append(word, "bit 0 set: another word follows")
		}
		if len(word) == 0 {
			word = []string{"0x0000"}
		}
		const perLine = 5
		octets, name := "2", "flags"
		for len(word) > 0 {
			n := min(perLine, len(word))
			rows = append(rows, row{octets, name, strings.Join(word[:n], ", ")})
			word, octets, name = word[n:], "", ""
		}
	}
	return rows
}

// size counts the octets of a value that is no bit.
func size(t model.Type) string {
	switch t {
	case model.Octet:
		return "1"
	case model.Short:
		return "2"
	case model.Long:
		return "4"
	case model.LongLong, model.Timestamp:
		return "8"
	case model.ShortStr:
		return "1+n"
	case model.Content:
		return "1+4+n"
	default:
		return "4+n"
	}
}
