package model

import (
	"strings"
	"testing"
)

// methods makes a class out of words such as get->get-ok,get-empty.
func methods(words string) *Classic {
	cl := &Class{Name: "basic", Index: 60}
	for i, word := range strings.Fields(words) {
		name, replies, _ := strings.Cut(word, "->")
		m := &Method{Class: cl, Name: name, Index: i, Pos: Pos{"x", i + 1, 1}}
		for reply := range strings.SplitSeq(replies, ",") {
			if reply != "" {
				m.ReplyNames = append(m.ReplyNames, Ref{reply, m.Pos})
			}
		}
		cl.Methods = append(cl.Methods, m)
	}
	return &Classic{Classes: []*Class{cl}}
}

// resolved writes the methods with their replies.
func resolved(c *Classic) string {
	var words []string
	for _, m := range c.Classes[0].Methods {
		word := m.Name
		arrow := "->"
		for _, r := range m.Replies {
			word += arrow + r.Name
			arrow = ","
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestReplies(t *testing.T) {
	for _, c := range []struct{ name, methods, want, notes, findings string }{
		{
			name:    "stated",
			methods: "get->get-ok,get-empty get-ok get-empty",
			want:    "get->get-ok,get-empty get-ok get-empty",
		}, {
			name:    "inferred",
			methods: "recover recover-ok ack",
			want:    "recover->recover-ok recover-ok ack",
			notes:   "x:1:1: basic.recover: no <response>; recover-ok is taken as its reply",
		}, {
			name:    "inferred, declared before",
			methods: "recover-ok recover",
			want:    "recover-ok recover->recover-ok",
			notes:   "x:2:1: basic.recover: no <response>; recover-ok is taken as its reply",
		}, {
			name:    "stated otherwise, so not inferred",
			methods: "recover->done recover-ok done",
			want:    "recover->done recover-ok done",
		}, {
			name:    "a chain",
			methods: "open->open-ok open-ok->stage stage",
			want:    "open->open-ok open-ok->stage stage",
		}, {
			name:    "shared",
			methods: "resume->ok ping->ok ok",
			want:    "resume->ok ping->ok ok",
		}, {
			name:     "nothing",
			methods:  "get->got,get-ok get-ok",
			want:     "get->get-ok get-ok",
			findings: "x:1:1: basic.get: response got is not a method of class basic",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := methods(c.methods)
			findings := body.Resolve()
			if got := resolved(body); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if got := body.Notes.Error(); got != c.notes {
				t.Errorf("notes: got %s, want %s", got, c.notes)
			}
			if got := findings.Error(); got != c.findings {
				t.Errorf("findings: got %s, want %s", got, c.findings)
			}
		})
	}
}

func TestDomains(t *testing.T) {
	for _, c := range []struct {
		domains, field string // name:type
		want           Type
		domain         bool // the field has a domain, not just a type
		findings       string
	}{
		{"", "a:bit", Bit, false, ""},
		{"path:shortstr", "a:path", ShortStr, true, ""},
		{"path:shortstr", "a:shortstr", ShortStr, false, ""},
		{"bit:bit", "a:bit", Bit, true, ""}, // as 0-9 declares the elementary types
		{"name:path path:short-name short-name:longstr", "a:name", LongStr, true, ""},
		{"x:y y:x", "a:x", Invalid, true, "x:1:1: domain x: its type goes in a circle"},
		{"x:x", "a:octet", Octet, false, "x:1:1: domain x: its type goes in a circle"},
		{"in:x x:y y:x", "a:in", Invalid, true, "x:2:1: domain x: its type goes in a circle"},
		{"x:contents in:x", "a:in", Invalid, true, `x:1:1: domain x: unknown type "contents"`},
		{"", "a:contents", Invalid, false, `x:9:1: basic.m: field a: unknown type or domain "contents"`},
		{"x:bit x:octet", "a:x", Bit, true, "x:2:1: domain x is declared twice, first at x:1:1"},
	} {
		body := methods("m")
		for i, f := range fields(c.domains) {
			body.Domains = append(body.Domains, &Domain{Name: f.Name, TypeName: f.TypeName, Pos: Pos{"x", i + 1, 1}})
		}
		m := body.Classes[0].Methods[0]
		m.Fields = fields(c.field)
		f := m.Fields[0]
		f.Pos = Pos{"x", 9, 1}
		if got := body.Resolve().Error(); got != c.findings {
			t.Errorf("%s: got %s, want %s", c.domains, got, c.findings)
		}
		if f.Type != c.want || (f.Domain != nil) != c.domain {
			t.Errorf("%s: field %s is %s, domain %v", c.domains, c.field, f.Type, f.Domain)
		}
	}
}

func TestNoWait(t *testing.T) {
	for fieldList, want := range map[string]string{
		"queue:shortstr nowait:bit": "nowait",
		"no-wait:bit queue:bit":     "no-wait",
		"nowait:octet":              "",
		"wait:bit":                  "",
	} {
		got := ""
		if f := (&Method{Fields: fields(fieldList)}).NoWait(); f != nil {
			got = f.Name
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", fieldList, got, want)
		}
	}
}
