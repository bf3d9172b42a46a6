package mutate

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	goparser "go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/emit"
	"github.com/amqpgen/amqpgen/model"
	"github.com/amqpgen/amqpgen/parser"
	"github.com/amqpgen/amqpgen/specs"
)

// outcome is what comes of a mutant.
type outcome struct {
	planned bool       // the parser had nothing to say
	files   emit.Files // nil if it is refused
	err     error      // what must not be
}

// deadline is thousands of times what a specification takes.
const deadline = time.Minute

// try generates from a text, within the deadline.
func try(name, text string) outcome {
	done := make(chan outcome, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- outcome{err: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
			}
		}()
		done <- generate(name, text)
	}()
	select {
	case o := <-done:
		return o
	case <-time.After(deadline):
		return outcome{err: fmt.Errorf("no outcome within %s", deadline)}
	}
}

func generate(name, text string) outcome {
	spec, err := parser.Parse(parser.Source{Name: name, Data: []byte(text)}, specs.Facts)
	if err != nil {
		return outcome{err: placeless(err, name, text)}
	}
	files, err := emit.Generate(spec, emit.Options{Package: "mutant"})
	if err != nil {
		return outcome{planned: true, err: placeless(err, name, text)}
	}
	return outcome{planned: true, files: files, err: typeCheck(files)}
}

// placeless complains of findings without a place in the file or an overlay.
func placeless(err error, name, text string) error {
	var diags model.Diags
	if !errors.As(err, &diags) || len(diags) == 0 {
		return fmt.Errorf("an error that is no finding: %w", err)
	}
	lines := strings.Count(text, "\n") + 1
	for _, d := range diags {
		inFile := d.Pos.File == name && d.Pos.Line <= lines
		if inOverlay := strings.HasPrefix(d.Pos.File, "specs/overlays/"); !inFile && !inOverlay || d.Pos.Line < 1 || d.Pos.Col < 1 {
			return fmt.Errorf("a finding without a place: %w", d)
		}
	}
	return nil
}

// typeCheck checks a package against the standard library.
func typeCheck(files emit.Files) error {
	fset := token.NewFileSet()
	var syntax []*ast.File
	for _, name := range files.Names() {
		file, err := goparser.ParseFile(fset, name, files[name], goparser.SkipObjectResolution)
		if err != nil {
			return err
		}
		syntax = append(syntax, file)
	}
	_, err := (&types.Config{Importer: library}).Check("mutant", fset, syntax, nil)
	return err
}

// library imports the standard library from source, once.
var library = &lockedImporter{from: importer.ForCompiler(token.NewFileSet(), "source", nil)}

type lockedImporter struct {
	mu   sync.Mutex
	from types.Importer
}

func (l *lockedImporter) Import(path string) (*types.Package, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.from.Import(path)
}

// build is a module that gathers a sample of packages to compile.
type build struct {
	dir     string
	offered int
	of      []string // what each package was made from
}

func newBuild(t *testing.T) *build {
	b := &build{dir: t.TempDir()}
	b.write(t, "go.mod", "module example.test/mutants\n\ngo 1.24\n")
	return b
}

func (b *build) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Error(err)
	}
}

// offer takes the first package, and then one of many.
func (b *build) offer(t *testing.T, files emit.Files, of string) {
	b.offered++
	if (b.offered-1)%*compile != 0 {
		return
	}
	dir := fmt.Sprintf("m%d", len(b.of))
	b.of = append(b.of, of)
	for name, text := range files {
		b.write(t, filepath.Join(dir, name), string(text))
	}
}

// run compiles what was gathered.
func (b *build) run(t *testing.T) {
	if len(b.of) == 0 {
		return
	}
	cmd := exec.Command("go", "build", "./...")
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOWORK=off", "GOTOOLCHAIN=local")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\nm0, m1, … are:\n%s", err, out, strings.Join(b.of, "\n"))
	}
	t.Logf("%d packages compiled", len(b.of))
}
