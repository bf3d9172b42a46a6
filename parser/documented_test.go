package parser

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/amqpgen/amqpgen/model"
)

// twin reads the documented specification, its stripped twin, and the
// documentation that the former adds.
func twin(t testing.TB) (full, stripped []byte, docs string) {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/documented/twin.txtar")
	if err != nil {
		t.Fatal(err)
	}
	return archive.Files[0].Data, archive.Files[1].Data, string(archive.Files[2].Data)
}

func mustParse(t testing.TB, name string, data []byte) *model.Spec {
	t.Helper()
	spec, err := Parse(Source{Name: name, Data: data}, nil)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return spec
}

func TestDocumentedSaysWhatStrippedSays(t *testing.T) {
	full, stripped, _ := twin(t)
	want := render(mustParse(t, "stripped.xml", stripped), false)
	for name, data := range map[string][]byte{
		"as it is":          full,
		"with CRLF":         bytes.ReplaceAll(full, []byte("\n"), []byte("\r\n")),
		"with a BOM":        append([]byte("\ufeff"), full...),
		"with tabs":         bytes.ReplaceAll(full, []byte("  "), []byte("\t")),
		"with single quote": bytes.ReplaceAll(stripped, []byte(`"`), []byte(`'`)),
		"with CDATA": bytes.ReplaceAll(full, []byte("<doc>Grams.</doc>"),
			[]byte("<doc><![CDATA[Grams, <b>not</b> ounces.]]></doc>")),
	} {
		if got := render(mustParse(t, name, data), false); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}

func TestDocumentation(t *testing.T) {
	full, stripped, want := twin(t)
	if got := documentation(mustParse(t, "full.xml", full)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := documentation(mustParse(t, "stripped.xml", stripped)); got != "" {
		t.Errorf("the stripped twin has documentation:\n%s", got)
	}
}

// documentation lists all docs, a line each, a bar between paragraphs.
func documentation(s *model.Spec) string {
	var b strings.Builder
	line := func(what, doc string) {
		if doc != "" {
			fmt.Fprintf(&b, "%s: %s\n", what, strings.ReplaceAll(doc, "\n\n", "|"))
		}
	}
	line("amqp", s.Doc)
	for _, c := range s.Constants {
		line("constant "+c.Name, c.Doc)
	}
	body := s.Body.(*model.Classic)
	for _, d := range body.Domains {
		line("domain "+d.Name, d.Doc)
	}
	for _, cl := range body.Classes {
		line("class "+cl.Name, cl.Doc)
		for _, f := range cl.Properties {
			line(cl.Name+"."+f.Name, f.Doc)
		}
		for _, m := range cl.Methods {
			line(m.FullName(), m.Doc)
			for _, f := range m.Fields {
				line(m.FullName()+"."+f.Name, f.Doc)
			}
		}
	}
	return b.String()
}
