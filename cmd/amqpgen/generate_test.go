package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/emit"
	"github.com/amqpgen/amqpgen/parser"
)

var generate08 = []string{"generate", "-spec", "0-8", "-out", "amqp08"}
var check08 = []string{"check", "-spec", "0-8", "-out", "amqp08"}

// fresh goes to an empty folder and generates amqp08 there.
func fresh(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	if r := amqpgen(generate08...); r.exit != exitOK || r.stdout != "" {
		t.Fatalf("%+v", r)
	}
}

// snapshot holds each file of a folder: its mode, time and content, or where
// it links to.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, e.Name())
		what := fmt.Sprint(info.Mode(), info.ModTime().UnixNano())
		if link, err := os.Readlink(path); err == nil {
			what += link
		} else if !info.IsDir() {
			what += read(t, path)
		}
		out[e.Name()] = what
	}
	return out
}

// unchanged compares a folder with what it held before.
func unchanged(t *testing.T, dir string, before map[string]string) {
	t.Helper()
	after := snapshot(t, dir)
	for name, was := range before {
		if after[name] != was {
			t.Errorf("%s: %s was touched", dir, name)
		}
		delete(after, name)
	}
	for name := range after {
		t.Errorf("%s: %s is new", dir, name)
	}
}

func TestSecondRunWritesNothing(t *testing.T) {
	fresh(t)
	long := time.Now().Add(-time.Hour)
	for name := range snapshot(t, "amqp08") {
		if err := os.Chtimes(filepath.Join("amqp08", name), long, long); err != nil {
			t.Fatal(err)
		}
	}
	before := snapshot(t, "amqp08")
	r := amqpgen(generate08...)
	if want := fmt.Sprintf("amqpgen: amqp08: all %d files are up to date\n", len(before)); r != (result{exitOK, "", want}) {
		t.Errorf("got %+v, want %s", r, want)
	}
	unchanged(t, "amqp08", before)
}

func TestOnlyWhatDiffersIsWritten(t *testing.T) {
	fresh(t)
	whole := read(t, "amqp08/wire.go")
	write(t, "amqp08/wire.go", whole+"\n// edited\n")
	before := snapshot(t, "amqp08")
	delete(before, "wire.go")
	r := amqpgen(generate08...)
	if !strings.Contains(r.stderr, ": 1 of ") || read(t, "amqp08/wire.go") != whole {
		t.Errorf("%+v", r)
	}
	after := snapshot(t, "amqp08")
	for name, was := range before {
		if after[name] != was {
			t.Errorf("%s was touched", name)
		}
	}
}

// TestForeignFilesStopAll puts what amqpgen did not write where a file of its
// own belongs.
func TestForeignFilesStopAll(t *testing.T) {
	link := func(to string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			if err := os.Symlink(to, path); err != nil {
				t.Skip(err)
			}
		}
	}
	for name, place := range map[string]func(*testing.T, string){
		"a file":            func(t *testing.T, path string) { write(t, path, "package amqp08\n") },
		"an empty file":     func(t *testing.T, path string) { write(t, path, "") },
		"a near miss":       func(t *testing.T, path string) { write(t, path, "\n"+emit.Header) },
		"a folder":          func(t *testing.T, path string) { write(t, filepath.Join(path, "x"), "") },
		"a link to ours":    link("../outside.go"),
		"a link to nothing": link("../nothing.go"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write(t, "outside.go", emit.Header)
			write(t, "amqp08/stale.go", emit.Header)
			place(t, "amqp08/spec_queue.go")
			inside, outside := snapshot(t, "amqp08"), snapshot(t, ".")
			for _, args := range [][]string{generate08, check08} {
				r := amqpgen(args...)
				const want = "amqpgen: amqp08/spec_queue.go: not written by amqpgen, so it stays as it is; move it away or choose another -out\n"
				if r != (result{exitFindings, "", filepath.FromSlash(want)}) {
					t.Errorf("%+v", r)
				}
			}
			unchanged(t, "amqp08", inside)
			unchanged(t, ".", outside)
		})
	}
}

func TestStaleLinkStays(t *testing.T) {
	fresh(t)
	write(t, "outside.go", emit.Header)
	if err := os.Symlink("../outside.go", "amqp08/stale.go"); err != nil {
		t.Skip(err)
	}
	if r := amqpgen(generate08...); r.exit != exitOK || strings.Contains(r.stderr, "removed") {
		t.Errorf("%+v", r)
	}
	if _, err := os.Lstat("amqp08/stale.go"); err != nil {
		t.Error(err)
	}
	if read(t, "outside.go") != emit.Header {
		t.Error("the file that it links to was touched")
	}
}

func TestHugeSpecIsNotRead(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "huge.xml", "<amqp/>")
	if err := os.Truncate("huge.xml", parser.MaxSize+1); err != nil {
		t.Fatal(err)
	}
	r := amqpgen("generate", "-spec", "huge.xml", "-out", "x")
	if r != (result{exitFindings, "", "amqpgen: huge.xml: the file has 16777217 octets; at most 16777216 are read\n"}) {
		t.Errorf("%+v", r)
	}
}

// TestFileByPath holds that a file gets the bundled facts of its version, and
// that this is said.
func TestFileByPath(t *testing.T) {
	spec := read(t, "../../specs/amqp0-8.xml")
	fresh(t)
	want := snapshot(t, "amqp08")
	write(t, "my.xml", spec)
	r := amqpgen("generate", "-spec", "my.xml", "-out", "amqp08")
	said := fmt.Sprintf("amqpgen: with the bundled facts of AMQP 0-8\namqpgen: amqp08: all %d files are up to date\n", len(want))
	if r != (result{exitOK, "", said}) {
		t.Errorf("got %+v, want %s", r, said)
	}
	unchanged(t, "amqp08", want)
	if r := amqpgen("check", "-q", "-spec", "./my.xml", "-out", "amqp08"); r != (result{}) {
		t.Errorf("-q says something: %+v", r)
	}
}

// TestSourceOfPackageName holds that the folder names the package.
func TestSourceOfPackageName(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("broker", 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir("broker")
	if r := amqpgen("generate", "-spec", "0-8", "-out", "."); r.exit != exitOK {
		t.Fatalf("%+v", r)
	}
	if !strings.Contains(read(t, "doc.go"), "\npackage broker\n") {
		t.Error("the package is not called broker")
	}
}

// TestAnotherPackage refuses a folder whose own files are of another package,
// and takes one whose files go along.
func TestAnotherPackage(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "amqp08/main.go", "package main\n")
	before := snapshot(t, "amqp08")
	r := amqpgen(generate08...)
	want := filepath.FromSlash("amqpgen: amqp08/main.go is of package main, so package amqp08 cannot be there; choose another -out\n")
	if r != (result{exitFindings, "", want}) {
		t.Errorf("%+v", r)
	}
	unchanged(t, "amqp08", before)
	write(t, "amqp08/main.go", "package amqp08\n")
	write(t, "amqp08/main_test.go", "package amqp08_test\n")
	if r := amqpgen(generate08...); r.exit != exitOK {
		t.Errorf("%+v", r)
	}
}

// TestLineEnds takes a file whose line ends were changed on checkout for its
// own.
func TestLineEnds(t *testing.T) {
	fresh(t)
	text := read(t, "amqp08/tx.go")
	write(t, "amqp08/tx.go", strings.ReplaceAll(text, "\n", "\r\n"))
	if r := amqpgen(generate08...); r.exit != exitOK || read(t, "amqp08/tx.go") != text {
		t.Errorf("%+v", r)
	}
}
