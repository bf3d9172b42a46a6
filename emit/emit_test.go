package emit_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/emit"
	"github.com/amqpgen/amqpgen/model"
	"github.com/amqpgen/amqpgen/parser"
	"github.com/amqpgen/amqpgen/specs"
)

var update = flag.Bool("update", false, "write the findings into testdata")

// bundled reads a bundled specification.
func bundled(t testing.TB, name string) parser.Source {
	t.Helper()
	src, _, err := specs.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func parse(t testing.TB, src parser.Source, facts parser.Facts) *model.Spec {
	t.Helper()
	spec, err := parser.Parse(src, facts)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func generate(t testing.TB, spec *model.Spec, o emit.Options) emit.Files {
	t.Helper()
	files, err := emit.Generate(spec, o)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// amqp08 generates the package of the bundled 0-8.
func amqp08(t testing.TB) emit.Files {
	t.Helper()
	return generate(t, parse(t, bundled(t, "0-8"), specs.Facts), emit.Options{Package: "amqp08"})
}

// TestUpToDate regenerates what is committed.
func TestUpToDate(t *testing.T) {
	superset, err := os.ReadFile("../templates/client/testdata/superset.xml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dir, mend string
		spec      *model.Spec
		options   emit.Options
	}{
		{
			"../generated/amqp08", "go generate ./generated",
			load(t, "0-8"), emit.Options{Package: "amqp08"},
		}, {
			"../generated/rabbitmq", "go generate ./generated",
			load(t, "rabbitmq"), emit.Options{Package: "rabbitmq"},
		}, {
			"../templates/client", "go generate ./templates/client",
			parse(t, parser.Source{Name: "superset.xml", Data: superset}, specs.Facts), emit.Options{Package: "client", SpecOnly: true},
		},
	} {
		files := generate(t, c.spec, c.options)
		if different := differences(t, c.dir, files); len(different) > 0 {
			t.Errorf("%s: not up to date: %s\nmend it with: %s", c.dir, strings.Join(different, ", "), c.mend)
		}
	}
}

// differences lists the generated files of a folder that are missing, differ,
// or are no longer generated.
func differences(t *testing.T, dir string, files emit.Files) []string {
	t.Helper()
	var out []string
	for name, want := range files {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, want) {
			out = append(out, name)
		}
	}
	present, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range present {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if name := filepath.Base(path); files[name] == nil && bytes.HasPrefix(text, []byte(emit.Header)) {
			out = append(out, name+" (left over)")
		}
	}
	slices.Sort(out)
	return out
}

// TestPublishedFileGivesTheSameCode generates from the file that Debian ships:
// all but the comments is the same.
func TestPublishedFileGivesTheSameCode(t *testing.T) {
	const file = "/usr/share/amqp/specs/0-8/amqp0-8.stripped.xml"
	data, err := os.ReadFile(file)
	if os.IsNotExist(err) && os.Getenv("AMQPGEN_REQUIRE_LIVE") != "1" {
		t.Skipf("%s is not there; install Debian's package amqp-specs", file)
	}
	if err != nil {
		t.Fatal(err)
	}
	theirs := generate(t, parse(t, parser.Source{Name: file, Data: data}, specs.Facts), emit.Options{Package: "amqp08"})
	sameCode(t, theirs, amqp08(t))
}

// sameCode compares files token by token, without the comments.
func sameCode(t *testing.T, got, want emit.Files) {
	t.Helper()
	if !slices.Equal(got.Names(), want.Names()) {
		t.Fatalf("other files: %v\n%v", got.Names(), want.Names())
	}
	for _, name := range want.Names() {
		a, b := tokens(t, got[name]), tokens(t, want[name])
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Errorf("%s: token %d is %q, want %q", name, i, a[i], b[i])
				break
			}
		}
		if len(a) != len(b) {
			t.Errorf("%s: %d tokens, want %d", name, len(a), len(b))
		}
	}
}

func TestPackageNames(t *testing.T) {
	spec := parse(t, bundled(t, "0-8"), specs.Facts)
	for _, name := range []string{"", "_", "AMQP", "amqp-08", "08amqp", "a.b", "../a", "func", "main", "documentation", "a b", "a\n", "a//"} {
		if _, err := emit.Generate(spec, emit.Options{Package: name}); err == nil {
			t.Errorf("%q is accepted", name)
		}
	}
	for _, name := range []string{"amqp", "amqp_08", "client", "context", "strconv"} {
		files := generate(t, spec, emit.Options{Package: name})
		for file, text := range files {
			if !bytes.Contains(text, []byte("\npackage "+name+"\n")) {
				t.Errorf("%s: no package clause of %s", file, name)
			}
		}
	}
}

// TestOutputCompiles builds and vets what the tests of this package generate,
// in a module of its own, with no proxy and none of our code in reach.
func TestOutputCompiles(t *testing.T) {
	packages := map[string]emit.Files{
		"amqp08":  amqp08(t),
		"hostile": generate(t, parse(t, hostileSpec(t), specs.Facts), emit.Options{Package: "hostile"}),
		"names":   generate(t, parse(t, awkwardSpec(t), specs.Facts), emit.Options{Package: "names"}),
		"context": generate(t, parse(t, bundled(t, "0-8"), specs.Facts), emit.Options{Package: "context"}),
	}
	for i, entry := range specs.Bundled {
		spec, err := specs.Load(entry.Name)
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("bundled%d", i)
		packages[name] = generate(t, spec, emit.Options{Package: name})
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.test/vendored\n\ngo 1.24\n")
	for pkg, files := range packages {
		for name, text := range files {
			write(t, filepath.Join(dir, pkg, name), string(text))
		}
	}
	goTool(t, dir, "vet", "./...")
	for _, path := range strings.Fields(goTool(t, dir, "list", "-f", "{{join .Imports \"\\n\"}}", "./amqp08")) {
		if !standard(path) {
			t.Errorf("amqp08 imports %s", path)
		}
	}
	for pkg, files := range packages {
		compiled := len(strings.Fields(goTool(t, dir, "list", "-f", "{{join .GoFiles \" \"}}", "./"+pkg)))
		if compiled != len(files) {
			t.Errorf("%s: %d of %d files are compiled", pkg, compiled, len(files))
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func goTool(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOWORK=off", "GOTOOLCHAIN=local")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// standard tells the standard library's packages from all others.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// TestSmallestSpec prints a specification in which there is next to nothing.
// The runtime needs more, so it is left out.
func TestSmallestSpec(t *testing.T) {
	facts := func(model.Ident) (parser.Source, bool) {
		return parser.Source{Name: "facts.xml", Data: []byte(`<overlay major="0" minor="7"><protocol header="414d515000000007"/></overlay>`)}, true
	}
	src := parser.Source{Name: "x.xml", Data: []byte(`<amqp major="0" minor="7"><class name="queue" index="1"/></amqp>`)}
	files := generate(t, parse(t, src, facts), emit.Options{Package: "small", SpecOnly: true})
	if files["spec_queue.go"] == nil {
		t.Errorf("no spec_queue.go in %v", files.Names())
	}
}
