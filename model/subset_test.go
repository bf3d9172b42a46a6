package model

import (
	"reflect"
	"strings"
	"testing"
)

// house is a specification of two classes with methods and one without.
func house(t *testing.T) *Classic {
	t.Helper()
	c := methods("get->get-ok,get-empty get-ok get-empty recover recover-ok")
	other := methods("get->get-ok get-ok").Classes[0]
	other.Name, other.Index = "stream", 80
	for _, m := range other.Methods {
		m.Pos.File = "y"
	}
	c.Classes = append(c.Classes, other, &Class{Name: "bare", Index: 90})
	if diags := c.Resolve(); len(diags) > 0 {
		t.Fatal(diags)
	}
	return c
}

// pick selects by names with commas, of classes and of methods.
func pick(c *Classic, names string) (out Selection) {
	for name := range strings.SplitSeq(names, ",") {
		if cl := c.Class(name); cl != nil {
			out.Classes = append(out.Classes, cl)
		}
		if m := c.Method(name); m != nil {
			out.Methods = append(out.Methods, m)
		}
	}
	return out
}

// contents writes all methods with their replies, and classes without any.
func contents(c *Classic) string {
	var words []string
	for _, cl := range c.Classes {
		if len(cl.Methods) == 0 {
			words = append(words, cl.Name)
		}
		for _, m := range cl.Methods {
			word := m.FullName()
			for _, r := range m.Replies {
				word += ">" + r.FullName()
			}
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}

func TestSubset(t *testing.T) {
	for _, c := range []struct{ selected, want, notes string }{
		{"", "", ""},
		{"bare", "bare", ""},
		{"stream", "stream.get>stream.get-ok stream.get-ok", ""},
		{"stream,stream.get", "stream.get>stream.get-ok stream.get-ok", ""},
		{"stream.get-ok,basic.get-empty", "basic.get-empty stream.get-ok", ""},
		{"basic.get,basic.get-empty", "basic.get>basic.get-empty basic.get-empty", ""},
		{"basic.recover-ok,basic.recover", "basic.recover>basic.recover-ok basic.recover-ok", "x:4:1: basic.recover: no <response>; recover-ok is taken as its reply"},
	} {
		whole, before := house(t), house(t)
		got := whole.Subset(pick(whole, c.selected))
		if contents(got) != c.want || got.Notes.Error() != c.notes {
			t.Errorf("%s: %s (%s), want %s (%s)", c.selected, contents(got), got.Notes.Error(), c.want, c.notes)
		}
		if !reflect.DeepEqual(whole, before) {
			t.Errorf("%s: the whole has changed", c.selected)
		}
		apart(t, got, whole)
	}
}

// apart holds that no class, method or reply of a subset is the whole's own.
func apart(t *testing.T, subset, whole *Classic) {
	t.Helper()
	for _, cl := range subset.Classes {
		if cl == whole.Class(cl.Name) {
			t.Errorf("class %s is the same", cl.Name)
		}
		for _, m := range cl.Methods {
			if m.Class != cl || m == whole.Method(m.FullName()) {
				t.Errorf("method %s is the same, or of another class", m.FullName())
			}
			for _, r := range m.Replies {
				if r != cl.Method(r.Name) {
					t.Errorf("%s: the reply %s is not the subset's", m.FullName(), r.Name)
				}
			}
		}
	}
}

func TestBeyond(t *testing.T) {
	p := Part{Needs: []Need{
		{[]string{"connection", "channel", "basic.ack"}, "the runtime"},
		{[]string{"queue.declare-ok"}, "the reply to queue.declare"},
	}}
	const want = "connection, channel and basic.ack (the runtime), queue.declare-ok (the reply to queue.declare)"
	if got := p.Beyond(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := new(Part).Beyond(); got != "" {
		t.Errorf("of nothing: %s", got)
	}
}
