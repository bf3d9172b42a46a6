package specs

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/amqpgen/amqpgen/model"
)

func load(t *testing.T, name string) *model.Spec {
	t.Helper()
	spec, err := Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func TestBundled(t *testing.T) {
	for _, c := range []struct {
		name               string
		classes, methods   int
		constants, domains int
		header             string
	}{
		{"0-8", 12, 89, 26, 15, "AMQP\x01\x01\x08\x00"},
		{"0-9", 12, 101, 29, 33, "AMQP\x01\x01\x00\x09"},
		{"0-9-1", 6, 53, 24, 24, "AMQP\x00\x00\x09\x01"},
		{"rabbitmq-0-8", 12, 93, 30, 15, "AMQP\x01\x01\x08\x00"},
		{"qpid-0-8", 12, 92, 26, 15, "AMQP\x01\x01\x08\x00"},
		{"qpid-0-9", 12, 105, 29, 33, "AMQP\x01\x01\x00\x09"},
		{"qpid", 6, 55, 24, 26, "AMQP\x00\x00\x09\x01"},
	} {
		spec := load(t, c.name)
		if got := spec.Ident.String(); !strings.HasSuffix(c.name, got) && got != "0-9-1" { // which a vendor's short name means
			t.Errorf("%s says that it is %s", c.name, got)
		}
		classes, methods := size(spec)
		if classes != c.classes || methods != c.methods {
			t.Errorf("%s: %d classes, %d methods; want %d, %d", c.name, classes, methods, c.classes, c.methods)
		}
		body := spec.Body.(*model.Classic)
		if len(spec.Constants) != c.constants || len(body.Domains) != c.domains {
			t.Errorf("%s: %d constants, %d domains; want %d, %d", c.name, len(spec.Constants), len(body.Domains), c.constants, c.domains)
		}
		if string(spec.Header) != c.header {
			t.Errorf("%s: protocol header %q, want %q", c.name, spec.Header, c.header)
		}
		if len(body.Notes) > 0 {
			t.Errorf("%s: a bundled specification leaves nothing to infer:\n%v", c.name, body.Notes)
		}
	}
}

func TestOpenNamesWhatThereIs(t *testing.T) {
	_, err := Load("0-7")
	const want = `no bundled specification is called "0-7"; there are: 0-8, 0-9, 0-9-1, rabbitmq, rabbitmq-0-8, qpid-0-8, qpid-0-9, qpid`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// documented is a thing of a specification that must have documentation.
type documented struct {
	what, doc string
	names     string // its own and its owners'
	verb      bool   // the Go comment puts the name before the text
	words     int    // that the text must add, at least
	pos       model.Pos
}

func everything(s *model.Spec) []documented {
	var out []documented
	fields := func(owner string, fields []*model.Field) {
		for _, f := range fields {
			names := owner + "." + f.Name
			out = append(out, documented{names, f.Doc, names, false, 3, f.Pos})
		}
	}
	for _, c := range s.Constants {
		out = append(out, documented{"constant " + c.Name, c.Doc, c.Name, true, 4, c.Pos})
	}
	body := s.Body.(*model.Classic)
	for _, d := range body.Domains {
		out = append(out, documented{"domain " + d.Name, d.Doc, d.Name, false, 4, d.Pos})
	}
	for _, cl := range body.Classes {
		out = append(out, documented{"class " + cl.Name, cl.Doc, cl.Name, true, 4, cl.Pos})
		fields(cl.Name, cl.Properties)
		for _, m := range cl.Methods {
			out = append(out, documented{m.FullName(), m.Doc, m.FullName(), true, 4, m.Pos})
			fields(m.FullName(), m.Fields)
		}
	}
	return out
}

var thirdPerson = regexp.MustCompile(`^[A-Z][a-z]{2,}s `)

// TestDocsSaySomething holds that all is documented, in words that the names
// do not say already.
func TestDocsSaySomething(t *testing.T) {
	for _, entry := range Bundled {
		for _, d := range everything(load(t, entry.Name)) {
			switch added := content(d.doc, d.names); {
			case d.doc == "":
				t.Errorf("%s: %s has no doc", d.pos, d.what)
			case len(added) < d.words:
				t.Errorf("%s: %s: the doc adds no more than %q: %s", d.pos, d.what, added, d.doc)
			case d.verb && !thirdPerson.MatchString(d.doc):
				t.Errorf("%s: %s: the doc must begin with a verb, as in Sends or Creates: %s", d.pos, d.what, d.doc)
			case !strings.HasSuffix(d.doc, "."):
				t.Errorf("%s: %s: the doc ends in the middle of a sentence: %s", d.pos, d.what, d.doc)
			}
		}
	}
}

// content lists the different words of a text that mean something and are not
// in the names, in singular or plural.
func content(text, names string) []string {
	seen := map[string]bool{}
	for _, w := range words(stopWords + " " + names) {
		seen[w] = true
	}
	var out []string
	for _, w := range words(text) {
		if !seen[w] {
			out = append(out, w)
			seen[w] = true
		}
	}
	return out
}

func words(text string) []string {
	fields := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range fields {
		if len(w) > 3 {
			fields[i] = strings.TrimSuffix(w, "s")
		}
	}
	return fields
}

const stopWords = `a an and any are as at be been but by can do does for from had has have if in into is it its may means must
	no not of on only or set so such than that the their then there these they this those to was were what when where which
	who will with field argument method class value name number contains holds specifies indicates gives used using`

func TestContent(t *testing.T) {
	for _, c := range []struct{ text, names, want string }{
		{"The queue name.", "queue.declare.queue", ""},
		{"Specifies the name of the queue to declare.", "queue.declare.queue", ""},
		{"Creates queues, durable or not.", "queue.declare", "create durable"},
	} {
		if got := strings.Join(content(c.text, c.names), " "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.text, got, c.want)
		}
	}
}
