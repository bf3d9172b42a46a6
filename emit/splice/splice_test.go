package splice_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/amqpgen/amqpgen/emit/splice"
)

// library reads a runtime of files given by their text.
func library(t *testing.T, files map[string]string) *splice.Library {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys["client/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	l, err := splice.Read(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// has is the features that a list names.
func has(features string) func(string) bool {
	list := strings.Fields(features)
	return func(name string) bool { return slices.Contains(list, name) }
}

func TestChoose(t *testing.T) {
	l := library(t, map[string]string{
		"base.go":      "package client\n",
		"base_test.go": "package client\n",
		"spec_tx.go":   "package client\n",
		"doc.go":       "//amqpgen:omit\n\npackage client\n",
		"tx.go":        "//amqpgen:requires tx.select\n\npackage client\n",
		"plain.go":     "//amqpgen:requires basic.recover !basic.recover-ok\n\npackage client\n",
		"answered.go":  "//go:build amqpgen_standin\n\n//amqpgen:requires basic.recover basic.recover-ok\n\npackage client\n",
		"without.go":   "//amqpgen:requires !confirm.select\n\npackage client\n",
		"confirm.go":   "//amqpgen:requires confirm.select\n//amqpgen:requires basic.nack\n\npackage client\n",
	})
	for _, c := range []struct{ spec, subset, want string }{
		{"", "", "base.go without.go"},
		{"tx.select", "tx.select", "base.go tx.go without.go"},
		{"tx.select", "", "base.go without.go"},
		{"basic.recover", "basic.recover", "base.go plain.go without.go"},
		{"basic.recover basic.recover-ok", "basic.recover basic.recover-ok", "answered.go base.go without.go"},
		{"basic.recover basic.recover-ok", "basic.recover", "answered.go base.go without.go"},
		{"basic.recover basic.recover-ok", "basic.recover-ok", "base.go without.go"},
		{"confirm.select", "confirm.select", "base.go"},
		{"confirm.select basic.nack", "confirm.select", "base.go confirm.go"},
		{"confirm.select basic.nack", "basic.nack", "base.go"},
	} {
		files, err := l.Choose(has(c.spec), has(c.subset)).Files("amqp")
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(slices.Sorted(maps.Keys(files)), " "); got != c.want {
			t.Errorf("%q of %q: %s, want %s", c.subset, c.spec, got, c.want)
		}
		for name, text := range files {
			if string(text) != "package amqp\n" {
				t.Errorf("%s: %q", name, text)
			}
		}
	}
}

// TestNeeds reads what the chosen files ask for and mention.
func TestNeeds(t *testing.T) {
	all := func(string) bool { return true }
	r := library(t, map[string]string{
		"a.go": "//amqpgen:keeps connection channel\n//amqpgen:requires tx.select tx.commit\n\npackage client\n\nfunc (c *Channel) SelectTx() { c.ask(TxSelect{}) }\n",
		"b.go": "//amqpgen:omit\n//amqpgen:keeps queue\n\npackage client\n\nvar hidden int\n",
		"c.go": "//amqpgen:requires !basic.recover-ok\n\npackage client\n",
	}).Choose(all, all)
	if got := slices.Sorted(r.Needs()); !slices.Equal(got, []string{"channel", "connection", "tx.commit", "tx.select"}) {
		t.Errorf("needs %v", got)
	}
	if got := slices.Sorted(r.Mentions()); !slices.Equal(got, []string{"Channel", "SelectTx", "TxSelect", "ask", "c", "c", "client"}) {
		t.Errorf("mentions %v", got)
	}
}

func TestUnreadable(t *testing.T) {
	for text, want := range map[string]string{
		"//amqpgen:needs tx.select\n\npackage client\n": "x.go: unknown directive //amqpgen:needs",
		"package client\n\nfunc {\n":                    "x.go:3:6: expected 'IDENT', found '{'",
	} {
		_, err := splice.Read(fstest.MapFS{"client/x.go": {Data: []byte(text)}})
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := library(t, map[string]string{"x.go": "package other\n"}).Choose(has(""), has("")).Files("amqp"); err == nil {
		t.Error("a file of another package is taken")
	}
}
