package emit_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/emit"
	"github.com/amqpgen/amqpgen/model"
	"github.com/amqpgen/amqpgen/parser"
	"github.com/amqpgen/amqpgen/specs"
)

// payloads are attributes' values that try to be more than that, besides the
// hostile documentation.
var payloads = []string{
	"a{}; func init() { println(`out`) }; type b struct{",
	"a struct{}\nfunc init() {}\ntype b",
	"a\nfunc init() {}",
	"a\rvar Out = 1",
	"a = 1; var Out = 2 //",
	"1; var Out = 2",
	"1)\nconst Out = (2",
	"1<<16 | 10\n)\nfunc init() {}\nconst (",
	"a\"; var Out = \"b",
	"a`; var Out = `b",
	"a\\\"; var Out = 1 //",
	"\"+func() string { panic(1) }()+\"",
	"a' + 'b",
	"*/ var Out = 1 /*",
	"// */ var Out = 1 /* //",
	"/*",
	"//go:embed secret",
	"go:linkname Out runtime.exit",
	"#include <stdlib.h>",
	"import \"C\"",
	"a\u2028var Out = 1",
	"a\u0085var Out = 1",
	"a\u0131", // i without its dot
	"\u212a",  // Kelvin, which lower case makes a k
	"a\u200b",
	"\ufeffa",
	"Ａ",
	"a.b",
	"a/../../b",
	"..",
	"a\\b",
	"C:\\a",
	"a%sb%!d",
	"{{.}} ${a} $(a) `a`",
	"a;b",
	"a,b",
	"a|b",
	"a=b",
	"[]a",
	"*a",
	"func()",
	"map[string]func()",
	"_",
	"-1",
	"0x10",
	"1e9",
	"99999999999999999999",
	"]]>",
	"<method name='out'/>",
	"&out;",
	strings.Repeat("a", 200),
	strings.Repeat("a ", 100),
}

// allPayloads are both; without those that are names, which may be.
func allPayloads(t *testing.T) []string {
	t.Helper()
	all := slices.Concat(payloads, hostile)
	slices.Sort(all)
	all = slices.DeleteFunc(slices.Compact(all), regexp.MustCompile(`^[A-Za-z]{1,127}$`).MatchString)
	if len(all) < 40 {
		t.Fatalf("%d payloads are too few", len(all))
	}
	return all
}

var (
	element   = regexp.MustCompile(`<(\w+)((?:\s+[-\w]+="[^"]*")*)\s*/?>`)
	attribute = regexp.MustCompile(`\s([-\w]+)="([^"]*)"`)
	docText   = regexp.MustCompile(`<(doc|test)[^>]*>([^<]*)</`)
)

// target is a piece of text in a specification: a value or documentation.
type target struct {
	kind     string // such as field/name
	from, to int
}

// targets finds all text of a specification, in its order.
func targets(data []byte) []target {
	var out []target
	for _, e := range element.FindAllSubmatchIndex(data, -1) {
		name := string(data[e[2]:e[3]])
		for _, a := range attribute.FindAllSubmatchIndex(data[e[4]:e[5]], -1) {
			from := e[4]
			out = append(out, target{name + "/" + string(data[from+a[2]:from+a[3]]), from + a[4], from + a[5]})
		}
	}
	for _, d := range docText.FindAllSubmatchIndex(data, -1) {
		out = append(out, target{string(data[d[2]:d[3]]), d[4], d[5]})
	}
	slices.SortFunc(out, func(a, b target) int { return a.from - b.from })
	return out
}

// injected is a specification with a payload in the place of some texts.
func injected(t *testing.T, src parser.Source, at []target, payload string) parser.Source {
	t.Helper()
	var escaped bytes.Buffer
	if err := xml.EscapeText(&escaped, []byte(payload)); err != nil {
		t.Fatal(err)
	}
	for _, a := range slices.Backward(at) {
		src.Data = slices.Concat(src.Data[:a.from], escaped.Bytes(), src.Data[a.to:])
	}
	return src
}

// declared lists what the files declare, and what they import.
func declared(t *testing.T, files emit.Files) []string {
	t.Helper()
	var out []string
	for name, text := range files {
		file, err := goparser.ParseFile(token.NewFileSet(), name, text, goparser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, "package "+file.Name.Name, "file "+name)
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				out = append(out, "func "+n.Name.Name)
			case *ast.TypeSpec:
				out = append(out, "type "+n.Name.Name)
			case *ast.ImportSpec:
				out = append(out, "import "+n.Path.Value)
			case *ast.ValueSpec:
				out = append(out, fmt.Sprint("value ", n.Names))
			case *ast.Field:
				out = append(out, fmt.Sprint("field ", n.Names))
			}
			return true
		})
		for _, text := range directives(t, text) {
			out = append(out, "directive "+text)
		}
	}
	slices.Sort(out)
	return out
}

// smallSpec has every element and attribute that there is. It lacks what the
// runtime needs.
func smallSpec(t *testing.T) parser.Source {
	t.Helper()
	const file = "testdata/injection/small.xml"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return parser.Source{Name: file, Data: data}
}

// TestInjection puts each payload into each text of a small specification:
// each is refused at a place, or declares nothing. Kinds of text that take
// whatever it is get it all at once, in 0-8 as well.
func TestInjection(t *testing.T) {
	small := newInjection(t, smallSpec(t), nil, emit.Options{Package: "small", SpecOnly: true})
	large := newInjection(t, bundled(t, "0-8"), specs.Facts, emit.Options{Package: "large", SpecOnly: true})
	free := map[string]bool{}
	for _, at := range targets(small.src.Data) {
		free[at.kind] = small.try(t, payloads[0], at)
	}
	isFree := func(a target) bool { return free[a.kind] }
	for _, payload := range allPayloads(t) {
		for _, at := range slices.DeleteFunc(targets(small.src.Data), isFree) {
			small.try(t, payload, at)
		}
		for _, in := range []*injection{small, large} {
			in.try(t, payload, slices.DeleteFunc(targets(in.src.Data), func(a target) bool { return !isFree(a) })...)
		}
	}
	if small.accepted == 0 || small.refused == 0 || large.accepted == 0 || large.refused > 0 {
		t.Errorf("small: %d accepted, %d refused; 0-8: %d accepted, %d refused", small.accepted, small.refused, large.accepted, large.refused)
	}
}

// injection is that into one specification.
type injection struct {
	src               parser.Source
	facts             parser.Facts
	options           emit.Options
	files             emit.Files // without a payload
	declared          []string
	accepted, refused int
}

func newInjection(t *testing.T, src parser.Source, facts parser.Facts, o emit.Options) *injection {
	t.Helper()
	files := generate(t, parse(t, src, facts), o)
	return &injection{src: src, facts: facts, options: o, files: files, declared: declared(t, files)}
}

// try generates with a payload in the place of some texts.
func (in *injection) try(t *testing.T, payload string, at ...target) (accepted bool) {
	t.Helper()
	files, err := in.generate(injected(t, in.src, at, payload))
	if err != nil {
		in.refused++
		hasPlace(t, at[0], payload, err)
		return false
	}
	in.accepted++
	if maps.EqualFunc(files, in.files, bytes.Equal) {
		return true
	}
	if got := declared(t, files); !slices.Equal(got, in.declared) {
		t.Errorf("%q as %s declares otherwise: %v", payload, at[0].kind, difference(got, in.declared))
	}
	return true
}

func (in *injection) generate(src parser.Source) (emit.Files, error) {
	spec, err := parser.Parse(src, in.facts)
	if err != nil {
		return nil, err
	}
	return emit.Generate(spec, in.options)
}

// hasPlace complains of an error that tells no place.
func hasPlace(t *testing.T, at target, payload string, err error) {
	t.Helper()
	diags, ok := err.(model.Diags)
	if !ok || len(diags) == 0 {
		t.Errorf("%q as %s: no finding but an error: %v", payload, at.kind, err)
	}
	for _, d := range diags {
		if d.Pos.File == "" || d.Pos.Line < 1 || d.Pos.Col < 1 {
			t.Errorf("%q as %s: a finding without a place: %v", payload, at.kind, d)
		}
	}
}

// difference lists what is in one of two lists only.
func difference(a, b []string) []string {
	var out []string
	for _, s := range a {
		if !slices.Contains(b, s) {
			out = append(out, "+"+s)
		}
	}
	for _, s := range b {
		if !slices.Contains(a, s) {
			out = append(out, "-"+s)
		}
	}
	return out
}
