package emit_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/amqpgen/amqpgen/emit"
	"github.com/amqpgen/amqpgen/parser"
	"github.com/amqpgen/amqpgen/specs"
)

// synthetic are archives of what no published specification exercises, as
// overlays on 0-8. Beside <case>.xml stand what comes of it, in
// <case>.findings or the files <case>/spec_<class>.go; and, written by hand,
// values with their octets in <case>.octets.
func synthetic(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("testdata/synthetic/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no archives in testdata/synthetic: %v", err)
	}
	return names
}

func readArchive(t *testing.T, name string) *txtar.Archive {
	t.Helper()
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return archive
}

func TestSynthetic(t *testing.T) {
	plain := amqp08(t)
	for _, name := range synthetic(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			archive := readArchive(t, name)
			out := &txtar.Archive{Comment: archive.Comment}
			for _, f := range archive.Files {
				stem, isSpec := strings.CutSuffix(f.Name, ".xml")
				if isSpec {
					out.Files = append(out.Files, f)
					out.Files = append(out.Files, synthesized(stem, f, plain)...)
				} else if strings.HasSuffix(f.Name, ".octets") {
					out.Files = append(out.Files, f)
				}
			}
			if *update {
				write(t, name, string(txtar.Format(out)))
				return
			}
			sameArchive(t, archive, out)
		})
	}
}

// synthesized is what comes of an overlay: findings, or the files that 0-8
// alone does not give.
func synthesized(stem string, overlay txtar.File, plain emit.Files) []txtar.File {
	files, err := generateWith(overlay)
	if err != nil {
		return []txtar.File{{Name: stem + ".findings", Data: []byte(err.Error() + "\n")}}
	}
	var out []txtar.File
	for _, name := range files.Names() {
		if plain[name] == nil && strings.HasPrefix(name, "spec_") {
			out = append(out, txtar.File{Name: stem + "/" + name, Data: files[name]})
		}
	}
	return out
}

// generateWith generates from 0-8 with overlays.
func generateWith(overlays ...txtar.File) (emit.Files, error) {
	src, _, err := specs.Open("0-8")
	if err != nil {
		return nil, err
	}
	var layers []parser.Source
	for _, o := range overlays {
		layers = append(layers, parser.Source{Name: o.Name, Data: o.Data})
	}
	spec, err := parser.Parse(src, specs.Facts, layers...)
	if err != nil {
		return nil, err
	}
	return emit.Generate(spec, emit.Options{Package: "synthetic"})
}

func sameArchive(t *testing.T, want, got *txtar.Archive) {
	t.Helper()
	texts := map[string]string{}
	for _, f := range want.Files {
		texts[f.Name] = string(f.Data)
	}
	for _, f := range got.Files {
		if text, there := texts[f.Name]; text != string(f.Data) || !there {
			t.Errorf("%s: got\n%s\nwant\n%s", f.Name, f.Data, text)
		}
		delete(texts, f.Name)
	}
	for name := range texts {
		t.Errorf("%s is not what comes of the archive", name)
	}
}

// TestSyntheticOctets generates one package from all overlays together, and
// runs a program that holds its codec to the octets in the archives.
func TestSyntheticOctets(t *testing.T) {
	var overlays []txtar.File
	cases := "package synthetic\n\nvar cases = []octetCase{\n"
	for _, name := range synthetic(t) {
		archive := readArchive(t, name)
		for _, f := range archive.Files {
			stem, ok := strings.CutSuffix(f.Name, ".octets")
			if !ok {
				continue
			}
			i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == stem+".xml" })
			overlays = append(overlays, archive.Files[i])
			cases += octetCases(t, f)
		}
	}
	files, err := generateWith(overlays...)
	if err != nil {
		t.Fatal(err)
	}
	check, err := os.ReadFile("testdata/synthetic/octets.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.test\n\ngo 1.24\n")
	write(t, filepath.Join(dir, "main.go"), octetsProgram)
	write(t, filepath.Join(dir, "synthetic", "octets.go"), string(check))
	write(t, filepath.Join(dir, "synthetic", "cases.go"), cases+"}\n")
	for name, text := range files {
		write(t, filepath.Join(dir, "synthetic", name), string(text))
	}
	goTool(t, dir, "run", ".")
}

const octetsProgram = `package main

import (
	"fmt"
	"os"

	"example.test/synthetic"
)

func main() {
	if failed := synthetic.Octets(); len(failed) > 0 {
		for _, f := range failed {
			fmt.Println(f)
		}
		os.Exit(1)
	}
}
`

// octetCases makes Go of lines such as "00c8 0014 01 00 : BitsNine{Bit1: true}".
func octetCases(t *testing.T, f txtar.File) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(string(f.Data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		octets, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			t.Fatalf("%s: %q is no line of octets and a value", f.Name, line)
		}
		fmt.Fprintf(&b, "\t{%q, &%s},\n", strings.TrimSpace(octets), strings.TrimSpace(value))
	}
	return b.String()
}
