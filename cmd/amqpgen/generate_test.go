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

// earlier puts a file into amqp08 as if an earlier run had written it.
func earlier(t *testing.T, name, text string) {
	t.Helper()
	write(t, filepath.Join("amqp08", name), text)
	path := filepath.Join("amqp08", manifestName)
	list, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var out strings.Builder
	for line := range strings.Lines(string(list)) {
		if !strings.HasSuffix(line, "  "+name+"\n") {
			out.WriteString(line)
		}
	}
	write(t, path, out.String()+digestOf([]byte(text))+"  "+name+"\n")
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
// own belongs, or was.
func TestForeignFilesStopAll(t *testing.T) {
	const (
		foreign = "not written by amqpgen, so it stays as it is; move it away or choose another -out"
		linked  = "a symbolic link, which is neither followed nor replaced; move it away or choose another -out"
	)
	file := func(text string) func(string) error {
		return func(path string) error { return os.WriteFile(path, []byte(text), 0o644) }
	}
	folder := func(path string) error { return os.Mkdir(path, 0o755) }
	link := func(to string) func(string) error {
		return func(path string) error { return os.Symlink(to, path) }
	}
	for _, c := range []struct {
		what, name string
		place      func(path string) error
		want       string
	}{
		{"a file", "spec_queue.go", file("package amqp08\n"), foreign},
		{"an empty file", "spec_queue.go", file(""), foreign},
		{"a near miss", "spec_queue.go", file("\n" + emit.Header), foreign},
		{"a folder", "spec_queue.go", folder, foreign},
		{"a link to ours", "spec_queue.go", link("../outside.go"), linked},
		{"a link to nothing", "spec_queue.go", link("../nothing.go"), linked},
		{"a link for a file of an earlier run", "stale.go", link("../outside.go"), linked},
		{"a folder for the manifest", manifestName, folder, foreign},
		{"a link for the manifest", manifestName, link("../outside.sum"), linked},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write(t, "outside.go", emit.Header)
			write(t, "outside.sum", "")
			earlier(t, "stale.go", emit.Header)
			path := filepath.Join("amqp08", c.name)
			if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			if err := c.place(path); err != nil {
				t.Skip(err)
			}
			inside, outside := snapshot(t, "amqp08"), snapshot(t, ".")
			for _, args := range [][]string{generate08, check08} {
				if r := amqpgen(args...); r != (result{exitFindings, "", fmt.Sprintf("amqpgen: %s: %s\n", path, c.want)}) {
					t.Errorf("%+v", r)
				}
			}
			unchanged(t, "amqp08", inside)
			unchanged(t, ".", outside)
		})
	}
}

// TestOwnLinkStays leaves a link alone that no run has written.
func TestOwnLinkStays(t *testing.T) {
	fresh(t)
	write(t, "outside.go", emit.Header)
	if err := os.Symlink("../outside.go", "amqp08/own.go"); err != nil {
		t.Skip(err)
	}
	earlier(t, "stale.go", emit.Header)
	if r := amqpgen(generate08...); r.exit != exitOK || !strings.HasSuffix(r.stderr, "removed of an earlier run: stale.go\n") {
		t.Errorf("%+v", r)
	}
	if _, err := os.Readlink("amqp08/own.go"); err != nil {
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

// TestGenerateAgain warns those who call by go generate, if there is reason to.
func TestGenerateAgain(t *testing.T) {
	fresh(t)
	const again = "amqpgen: if go generate now stops at a file that was removed, run it again\n"
	for _, c := range []struct {
		caller  string
		removes bool
	}{{"", false}, {"", true}, {"main.go", false}, {"main.go", true}} {
		t.Setenv("GOFILE", c.caller)
		if c.removes {
			earlier(t, "stale.go", emit.Header)
		}
		want := c.caller != "" && c.removes
		if r := amqpgen(generate08...); r.exit != exitOK || strings.HasSuffix(r.stderr, again) != want {
			t.Errorf("%+v: %+v", c, r)
		}
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
