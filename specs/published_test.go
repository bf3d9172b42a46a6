package specs

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/model"
	"github.com/amqpgen/amqpgen/parser"
)

// published is where Debian's package amqp-specs puts the published files.
const published = "/usr/share/amqp/specs"

// debian reads a published file. Without the package the test is skipped, or
// fails if AMQPGEN_REQUIRE_LIVE is 1.
func debian(t *testing.T, file string) parser.Source {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(published, filepath.FromSlash(file)))
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("AMQPGEN_REQUIRE_LIVE") != "1" {
		t.Skipf("%s is not there; install Debian's package amqp-specs", file)
	}
	if err != nil {
		t.Fatal(err)
	}
	return parser.Source{Name: file, Data: data}
}

func bundled(t *testing.T, name string) parser.Source {
	t.Helper()
	src, _, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func parse(t *testing.T, src parser.Source) *model.Spec {
	t.Helper()
	spec, err := parser.Parse(src, Facts)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

var publishedAs = map[string]string{
	"0-8":   "0-8/amqp0-8.stripped.xml",
	"0-9":   "0-9/amqp0-9.stripped.xml",
	"0-9-1": "0-9-1/amqp0-9-1.stripped.xml",
}

// TestFactsAreThePublishedOnes compares the bundled files with the published
// ones element by element, without our parser: only documentation is added.
func TestFactsAreThePublishedOnes(t *testing.T) {
	for name, file := range publishedAs {
		theirs := debian(t, file)
		want, got := elements(t, theirs.Data), elements(t, bundled(t, name).Data)
		for i := range min(len(want), len(got)) {
			if got[i] != want[i] {
				t.Fatalf("%s: element %d is %s, published is %s", name, i, got[i], want[i])
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: %d elements, published are %d", name, len(got), len(want))
		}
	}
}

// elements lists the elements of a file but those of documentation: how deep,
// what, and the attributes, sorted.
func elements(t *testing.T, data []byte) []string {
	t.Helper()
	var out []string
	dec := xml.NewDecoder(strings.NewReader(string(data)))
	for depth := 0; ; {
		token, err := dec.Token()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local == "doc" {
				if err := dec.Skip(); err != nil {
					t.Fatal(err)
				}
				continue
			}
			out = append(out, element(depth, e))
			depth++
		case xml.EndElement:
			depth--
		case xml.CharData:
			if text := strings.TrimSpace(string(e)); text != "" {
				out = append(out, fmt.Sprintf("%d text %q", depth, text))
			}
		}
	}
}

func element(depth int, e xml.StartElement) string {
	var attributes []string
	for _, a := range e.Attr {
		attributes = append(attributes, fmt.Sprintf("%s=%q", a.Name.Local, a.Value))
	}
	slices.Sort(attributes)
	return fmt.Sprintf("%d <%s %s>", depth, e.Name.Local, strings.Join(attributes, " "))
}

func TestModelsAreEqual(t *testing.T) {
	for name, file := range publishedAs {
		theirs, ours := parse(t, debian(t, file)), parse(t, bundled(t, name))
		bare(theirs)
		bare(ours)
		if !reflect.DeepEqual(theirs, ours) {
			t.Errorf("%s: the model is not that of %s", name, file)
		}
	}
}

// bare takes documentation, positions and provenance out of a model.
func bare(s *model.Spec) {
	s.File, s.Doc, s.Sources, s.Pos = "", "", nil, model.Pos{}
	for _, c := range s.Constants {
		c.Doc, c.Pos = "", model.Pos{}
	}
	body := s.Body.(*model.Classic)
	body.Notes = nil
	for _, d := range body.Domains {
		d.Doc, d.Pos = "", model.Pos{}
	}
	bareFields := func(fields []*model.Field) {
		for _, f := range fields {
			f.Doc, f.Pos = "", model.Pos{}
		}
	}
	for _, cl := range body.Classes {
		cl.Doc, cl.Pos = "", model.Pos{}
		bareFields(cl.Properties)
		for _, m := range cl.Methods {
			m.Doc, m.Pos = "", model.Pos{}
			bareFields(m.Fields)
			for i := range m.ReplyNames {
				m.ReplyNames[i].Pos = model.Pos{}
			}
		}
	}
}

// TestPublishedFilesParse reads what Debian has of the family.
func TestPublishedFilesParse(t *testing.T) {
	for _, c := range []struct {
		file, version    string
		classes, methods int
	}{
		{"0-8/amqp0-8.stripped.xml", "0-8", 12, 89},
		{"0-8-qpid/amqp0-8-qpid.stripped.xml", "0-8", 12, 92},
		{"0-9/amqp0-9.stripped.xml", "0-9", 12, 101},
		{"0-9-qpid/amqp0-9-qpid.stripped.xml", "0-9", 12, 105},
		{"0-9-1/amqp0-9-1.stripped.xml", "0-9-1", 6, 53},
		{"0-9-1-qpid/amqp0-9-1.stripped.xml", "0-9-1", 6, 55},
		{"0-9-1-rabbit/amqp0-9-1.stripped.extended.xml", "0-9-1", 7, 60},
	} {
		t.Run(c.file, func(t *testing.T) {
			spec, err := parser.Parse(debian(t, c.file), Facts)
			if err != nil {
				t.Fatal(err)
			}
			classes, methods := size(spec)
			if got := spec.Ident.String(); got != c.version || classes != c.classes || methods != c.methods {
				t.Errorf("AMQP %s of %d classes and %d methods, want %s, %d, %d", got, classes, methods, c.version, c.classes, c.methods)
			}
		})
	}
}

func size(s *model.Spec) (classes, methods int) {
	body := s.Body.(*model.Classic)
	for _, cl := range body.Classes {
		methods += len(cl.Methods)
	}
	return len(body.Classes), methods
}
