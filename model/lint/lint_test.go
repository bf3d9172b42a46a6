package lint_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/model"
	"github.com/amqpgen/amqpgen/model/lint"
)

// method makes a method that the client sends, or with <- before its name the
// server, of words: sync, a name with ? for a response, name:type for a field.
func method(cl *model.Class, words string) *model.Method {
	list := strings.Fields(words)
	m := &model.Method{Class: cl, Index: len(cl.Methods) + 10}
	m.Chassis.Server = "MUST"
	name, fromServer := strings.CutPrefix(list[0], "<-")
	if m.Name = name; fromServer {
		m.Chassis = model.Chassis{Client: "MUST"}
	}
	for _, word := range list[1:] {
		reply, isReply := strings.CutSuffix(word, "?")
		field, typ, isField := strings.Cut(word, ":")
		switch {
		case word == "sync":
			m.Synchronous = true
		case isReply:
			m.ReplyNames = append(m.ReplyNames, model.Ref{Name: reply})
		case isField:
			m.Fields = append(m.Fields, &model.Field{Name: field, TypeName: typ})
		}
	}
	return m
}

// spec makes a resolved specification of one class.
func spec(t *testing.T, methods []string, domains ...*model.Domain) *model.Classic {
	t.Helper()
	cl := &model.Class{Name: "c", Index: 1}
	for _, words := range methods {
		cl.Methods = append(cl.Methods, method(cl, words))
	}
	body := &model.Classic{Classes: []*model.Class{cl}, Domains: domains}
	if diags := body.Resolve(); len(diags) > 0 {
		t.Fatal(diags)
	}
	return body
}

func check(body *model.Classic) []string {
	var out []string
	for _, f := range lint.Check(body) {
		out = append(out, f.Text+" ("+f.Rule+")")
	}
	return out
}

func TestMethods(t *testing.T) {
	for _, c := range []struct {
		methods string // parted by commas
		want    []string
	}{
		{"ask sync ask-ok?, <-ask-ok sync", nil},
		{"tell", nil},
		{"ask sync, <-ask-ok sync", []string{"c.ask has no <response>; ask-ok is taken as its reply (missing-response)"}},
		{"ask sync", []string{"c.ask is synchronous, and nothing answers it (missing-response)"}},
		{"<-told-ok", []string{"c.told-ok is named as the <response> of nothing (orphan-reply)"}},
		{"ask answer?, <-answer", []string{"c.ask is answered by answer, and is not marked synchronous (sync-bit)"}},
		{"ask sync answer?, <-answer", []string{"c.answer answers the synchronous ask, and is not marked synchronous (reply-not-sync)"}},
		{"ask sync answer?, answer sync", []string{"c.ask may come from the client, but the server may not send its reply answer (reply-direction)"}},
		{"<-ask sync answer?, <-answer sync", []string{"c.ask may come from the server, but the client may not send its reply answer (reply-direction)"}},
		{"tell nowait:bit", []string{"c.tell has the bit nowait, and no reply that it could waive (nowait-without-reply)"}},
		{"tell nowait:short", nil},
		{"tell reserved-1:bit", []string{"c.tell: field reserved-1 is not marked reserved (reserved-not-marked)"}},
		{"tell app-id:bit, say appid:bit", []string{"c.say: appid is spelled app-id elsewhere (name-style)"}},
	} {
		if got := check(spec(t, strings.Split(c.methods, ","))); !slices.Equal(got, c.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", c.methods, got, c.want)
		}
	}
}

func TestDomains(t *testing.T) {
	for _, c := range []struct {
		domain *model.Domain
		field  string
		want   string
	}{
		{&model.Domain{Name: "id", TypeName: "short"}, "id:id", ""},
		{&model.Domain{Name: "bit", TypeName: "bit"}, "bit:bit", ""},
		{&model.Domain{Name: "id", TypeName: "short"}, "id:long", "c.m: field id is a long; there is a domain id (short) (wrong-domain)"},
		{asserted("access-ticket", "short", "ne", "0"), "t:access-ticket", "domain access-ticket must not be 0, says the assert; brokers ignore it, and some hand out 0 (assert-against-practice)"},
		{asserted("other", "short", "ne", "0"), "t:other", ""},
		{asserted("s", "shortstr", "length", "127"), "t:s", "domain s has at most 127 octets, says the assert; brokers take what a shortstr holds, 255 (assert-against-practice)"},
		{asserted("s", "shortstr", "length", "255"), "t:s", ""},
		{asserted("s", "longstr", "length", "127"), "t:s", ""},
		{asserted("s", "shortstr", "regexp", "^[a-zA-Z0-9-_.:]*$"), "t:s", ""},
		{asserted("s", "shortstr", "regexp", `^a/-_[\]-a-]$`), "t:s", ""},
		{asserted("s", "shortstr", "regexp", "^[a-z/-_]$"), "t:s", `domain s: the assert's regular expression "^[a-z/-_]$" has the range /-_, which may be meant as three characters (assert-against-practice)`},
		{asserted("s", "shortstr", "regexp", "[A-z]"), "t:s", `domain s: the assert's regular expression "[A-z]" has the range A-z, which may be meant as three characters (assert-against-practice)`},
		{asserted("s", "shortstr", "regexp", "["), "t:s", `domain s: the assert's regular expression "[" does not parse (assert-against-practice)`},
	} {
		if got := strings.Join(check(spec(t, []string{"m " + c.field}, c.domain)), "\n"); got != c.want {
			t.Errorf("%s %v:\ngot  %s\nwant %s", c.domain.Name, c.domain.Asserts, got, c.want)
		}
	}
}

func asserted(name, typ, check, value string) *model.Domain {
	return &model.Domain{Name: name, TypeName: typ, Asserts: []model.Assert{{Check: check, Value: value}}}
}

// TestOrder holds that findings come by position, whatever the rule.
func TestOrder(t *testing.T) {
	body := spec(t, []string{"tell nowait:bit", "ask sync"})
	body.Classes[0].Methods[0].Fields[0].Pos = model.Pos{File: "f", Line: 9, Col: 1}
	body.Classes[0].Methods[1].Pos = model.Pos{File: "f", Line: 2, Col: 1}
	found := lint.Check(body)
	if len(found) != 2 || found[0].String() != "f:2:1: c.ask is synchronous, and nothing answers it (missing-response)" {
		t.Error(found)
	}
}
