package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/emit"
	"github.com/amqpgen/amqpgen/model"
	"github.com/amqpgen/amqpgen/specs"
)

var channelFunc = regexp.MustCompile(`(?m)^func \(c \*Channel\) [A-Z].* {$`)

// TestSignatures holds that explain gives the very signatures of the methods
// that generate writes, and all of them.
func TestSignatures(t *testing.T) {
	for _, entry := range specs.Bundled {
		ref, err := loadReference(entry.Name, nil)
		if err != nil {
			t.Fatal(err)
		}
		var explained []string
		for _, cl := range ref.Classes {
			for _, m := range cl.Methods {
				for _, line := range ref.signatures(m) {
					if strings.HasPrefix(line, "func ") {
						explained = append(explained, line+" {")
					}
				}
			}
		}
		files, err := emit.Generate(ref.spec, emit.Options{Package: "amqp"})
		if err != nil {
			t.Fatal(err)
		}
		if generated := channelFunc.FindAllString(string(files["spec_calls.go"]), -1); !slices.Equal(explained, generated) {
			t.Errorf("%s: explained\n%s\ngenerated\n%s", entry.Name, strings.Join(explained, "\n"), strings.Join(generated, "\n"))
		}
	}
}

// TestAllIsExplained explains everything that can be named.
func TestAllIsExplained(t *testing.T) {
	for _, entry := range specs.Bundled {
		ref, err := loadReference(entry.Name, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range ref.names() {
			x := &explainer{reference: ref}
			x.explain(name)
			if got := x.String(); !strings.HasPrefix(got, name+", ") || strings.Contains(got, "\n\n\n") || strings.Contains(got, "%!") {
				t.Errorf("%s: %s is explained as\n%s", entry.Name, name, got)
			}
		}
	}
}

// TestFlagWords looks at the layout of a header that no published
// specification has.
func TestFlagWords(t *testing.T) {
	cl := &model.Class{Name: "x", Index: 7}
	for i := range 16 {
		cl.Properties = append(cl.Properties, &model.Field{Name: string(rune('a' + i)), TypeName: "bit"})
	}
	cl.Properties[15].TypeName = "table"
	if diags := (&model.Classic{Classes: []*model.Class{cl}}).Resolve(); len(diags) > 0 {
		t.Fatal(diags)
	}
	rows := header(cl)
	var got []string
	for _, r := range append(rows[3:9:9], rows[len(rows)-1]) {
		got = append(got, r.octets+"|"+r.name+"|"+r.holds)
	}
	want := []string{
		"2|flags|bit 15 a, bit 14 b, bit 13 c, bit 12 d, bit 11 e",
		"||bit 10 f, bit 9 g, bit 8 h, bit 7 i, bit 6 j",
		"||bit 5 k, bit 4 l, bit 3 m, bit 2 n, bit 1 o",
		"||bit 0 set: another word follows",
		"2|flags|bit 15 p",
		"0|a|bit: the flag is its value",
		"4+n|p|table, if bit 15 of flag word 2",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestNearest(t *testing.T) {
	names := []string{"queue", "queue.declare", "exchange.declare", "queue-name", "frame-end"}
	for _, c := range []struct{ name, want string }{
		{"queu", "queue"},
		{"declare", "queue.declare exchange.declare"},
		{"queue.decalre", "queue.declare"},
		{"queuename", "queue-name"},
		{"frame-ned", "frame-end"},
		{"queue.declare.ticket", "queue.declare"},
		{"x", ""},
		{"", ""},
	} {
		if got := strings.Join(nearest(c.name, names), " "); got != c.want {
			t.Errorf("%q: got %q, want %q", c.name, got, c.want)
		}
	}
}
