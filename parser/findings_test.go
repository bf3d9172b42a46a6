package parser

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/amqpgen/amqpgen/model"
)

var update = flag.Bool("update", false, "write the findings into testdata")

// example is a specification in an archive: <name>.xml, the overlay that goes
// with it in <name>.facts.xml, and the findings beside them.
type example struct {
	spec  Source
	facts Facts
}

func (x example) parse() (*model.Spec, error) { return Parse(x.spec, x.facts) }

// examples reads the specifications of an archive by name.
func examples(archive *txtar.Archive) map[string]example {
	files := map[string]Source{}
	for _, f := range archive.Files {
		files[f.Name] = Source{Name: f.Name, Data: f.Data}
	}
	out := map[string]example{}
	for name, spec := range files {
		stem, ok := strings.CutSuffix(name, ".xml")
		if !ok || strings.HasSuffix(stem, ".facts") {
			continue
		}
		x := example{spec: spec}
		if facts, ok := files[stem+".facts.xml"]; ok {
			x.facts = func(model.Ident) (Source, bool) { return facts, true }
		}
		out[stem] = x
	}
	return out
}

func archives(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/findings/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives in testdata/findings: %v", err)
	}
	return files
}

// findings lists what is wrong, a line each.
func findings(err error) string {
	if err == nil {
		return ""
	}
	return err.Error() + "\n"
}

func TestFindings(t *testing.T) {
	for _, file := range archives(t) {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for stem, x := range examples(archive) {
			_, err := x.parse()
			got[stem+".findings"] = findings(err)
		}
		if *update {
			rewrite(t, file, archive, got)
			continue
		}
		for _, f := range archive.Files {
			if want, ok := got[f.Name]; ok && want != string(f.Data) {
				t.Errorf("%s: %s: got\n%s\nwant\n%s", file, f.Name, want, f.Data)
			}
			delete(got, f.Name)
		}
		for name := range got {
			t.Errorf("%s: %s is missing", file, name)
		}
	}
}

// rewrite puts each specification's findings right behind it.
func rewrite(t *testing.T, file string, archive *txtar.Archive, got map[string]string) {
	t.Helper()
	out := &txtar.Archive{Comment: archive.Comment}
	for i, f := range archive.Files {
		if strings.HasSuffix(f.Name, ".findings") {
			continue
		}
		out.Files = append(out.Files, f)
		stem := strings.TrimSuffix(strings.TrimSuffix(f.Name, ".xml"), ".facts")
		last := i+1 == len(archive.Files) || archive.Files[i+1].Name != stem+".facts.xml"
		if last {
			out.Files = append(out.Files, txtar.File{Name: stem + ".findings", Data: []byte(got[stem+".findings"])})
		}
	}
	if err := os.WriteFile(file, txtar.Format(out), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestFindingsComeSortedAndOnce holds the order that the archives show for
// findings in two files and on one line.
func TestFindingsComeSortedAndOnce(t *testing.T) {
	var ds model.Diags
	add := func(file string, line, col int) { ds.Addf(model.Pos{File: file, Line: line, Col: col}, "x") }
	add("b", 1, 1)
	add("a", 2, 1)
	add("a", 1, 9)
	add("a", 1, 10)
	add("a", 1, 9)
	const want = "a:1:9: x\na:1:10: x\na:2:1: x\nb:1:1: x\n"
	if got := findings(ds.Err()); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
