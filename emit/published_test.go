package emit_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/emit"
	"github.com/amqpgen/amqpgen/model"
	"github.com/amqpgen/amqpgen/parser"
	"github.com/amqpgen/amqpgen/specs"
)

// published is where Debian's package amqp-specs puts the published files.
const published = "/usr/share/amqp/specs"

// classic are the published files of the 0-8 family.
var classic = []string{
	"0-8/amqp0-8.stripped.xml",
	"0-8-qpid/amqp0-8-qpid.stripped.xml",
	"0-9/amqp0-9.stripped.xml",
	"0-9-qpid/amqp0-9-qpid.stripped.xml",
	"0-9-1/amqp0-9-1.stripped.xml",
	"0-9-1-qpid/amqp0-9-1.stripped.xml",
	"0-9-1-rabbit/amqp0-9-1.stripped.extended.xml",
}

// required tells that what cannot run has failed.
func required() bool { return os.Getenv("AMQPGEN_REQUIRE_LIVE") == "1" }

// debian reads a published file. Without the package the test is skipped, or
// fails if it is required.
func debian(t testing.TB, file string) parser.Source {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(published, filepath.FromSlash(file)))
	if errors.Is(err, fs.ErrNotExist) && !required() {
		t.Skipf("%s is not there; install Debian's package amqp-specs", file)
	}
	if err != nil {
		t.Fatal(err)
	}
	return parser.Source{Name: file, Data: data}
}

// documented are the bundled specifications whose code no published file gives;
// staticcheck reads their documentation too.
var documented = []string{"rabbitmq", "rabbitmq-0-8"}

// TestPublishedFiles generates from each published file, and holds the output
// to go vet and staticcheck.
func TestPublishedFiles(t *testing.T) {
	packages := map[string]*model.Spec{}
	for i, file := range classic {
		packages[fmt.Sprintf("published%d", i)] = parse(t, debian(t, file), specs.Facts)
	}
	for i, name := range documented {
		spec, err := specs.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		packages[fmt.Sprintf("documented%d", i)] = spec
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.test/published\n\ngo 1.24\n")
	for pkg, spec := range packages {
		for name, text := range generate(t, spec, emit.Options{Package: pkg}) {
			write(t, filepath.Join(dir, pkg, name), string(text))
		}
	}
	goTool(t, dir, "vet", "./...")
	staticcheck(t, dir)
}

var staticcheckVersion = regexp.MustCompile(`(?m)^STATICCHECK = (\S+)$`)

// staticcheck checks a module.
func staticcheck(t *testing.T, dir string) {
	t.Helper()
	command := append(staticcheckCommand(t), "./...")
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("staticcheck: %v\n%s", err, out)
	}
}

// staticcheckCommand is what is installed, or else what the Makefile names. It
// takes its time, and is left to where everything is required.
func staticcheckCommand(t *testing.T) []string {
	t.Helper()
	if !required() {
		t.Skip("go vet is content; staticcheck runs with AMQPGEN_REQUIRE_LIVE=1")
	}
	if path, err := exec.LookPath("staticcheck"); err == nil {
		return []string{path}
	}
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	version := staticcheckVersion.FindSubmatch(makefile)
	if version == nil {
		t.Fatal("the Makefile names no STATICCHECK")
	}
	return []string{"go", "run", string(version[1])}
}

// TestPublishedWithoutFacts switches the bundled facts off: what a published
// file lacks is refused where it is needed.
func TestPublishedWithoutFacts(t *testing.T) {
	const golden = "testdata/published.findings"
	var got strings.Builder
	for _, file := range classic {
		spec, err := parser.Parse(debian(t, file), nil)
		if err == nil {
			_, err = emit.Generate(spec, emit.Options{Package: "bare"})
		}
		if err == nil {
			t.Fatalf("%s is accepted", file)
		}
		fmt.Fprintln(&got, err)
	}
	if *update {
		write(t, golden, got.String())
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}
