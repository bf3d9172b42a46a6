package emit_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/amqpgen/amqpgen/emit"
	"github.com/amqpgen/amqpgen/model"
	"github.com/amqpgen/amqpgen/parser"
)

// awkwardSpec is the bundled 0-8 with more classes, whose names are awkward
// and fine all the same. TestOutputCompiles compiles what comes of it.
func awkwardSpec(t testing.TB) parser.Source {
	t.Helper()
	classes, err := os.ReadFile("testdata/names/awkward.xml")
	if err != nil {
		t.Fatal(err)
	}
	src := bundled(t, "0-8")
	end := []byte("</amqp>")
	src.Data = bytes.Replace(src.Data, end, append(classes, end...), 1)
	return src
}

// TestClashes holds that names which cannot stand together in Go are findings
// in the specification. An archive has <case>.xml, <case>.facts.xml and
// <case>.findings; facts.xml goes with those that have none of their own.
func TestClashes(t *testing.T) {
	const file = "testdata/names/clashes.txtar"
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string][]byte{}
	for _, f := range archive.Files {
		texts[f.Name] = f.Data
	}
	out := &txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		stem, isSpec := strings.CutSuffix(f.Name, ".xml")
		if strings.HasSuffix(f.Name, ".findings") {
			continue
		}
		out.Files = append(out.Files, f)
		if !isSpec || strings.HasSuffix(stem, "facts") {
			continue
		}
		facts := texts[stem+".facts.xml"]
		if facts == nil {
			facts = texts["facts.xml"]
		}
		got := clashes(t, f, facts)
		if want := string(texts[stem+".findings"]); got != want && !*update {
			t.Errorf("%s: got\n%s\nwant\n%s", f.Name, got, want)
		}
		out.Files = append(out.Files, txtar.File{Name: stem + ".findings", Data: []byte(got)})
	}
	if *update {
		write(t, filepath.FromSlash(file), string(txtar.Format(out)))
	}
}

// clashes lists what planning a package for a specification finds.
func clashes(t *testing.T, f txtar.File, facts []byte) string {
	t.Helper()
	lookup := func(model.Ident) (parser.Source, bool) {
		return parser.Source{Name: "facts.xml", Data: facts}, len(facts) > 0
	}
	spec := parse(t, parser.Source{Name: f.Name, Data: f.Data}, lookup)
	_, err := emit.Generate(spec, emit.Options{Package: "clash"})
	if err == nil {
		return ""
	}
	return err.Error() + "\n"
}
