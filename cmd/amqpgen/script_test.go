package main

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/amqpgen/amqpgen/emit"
)

var update = flag.Bool("update", false, "write the transcripts into testdata")

// result is what a run of the command leaves on the screen.
type result struct {
	exit           int
	stdout, stderr string
}

// amqpgen runs the command in this process and in the current folder.
func amqpgen(args ...string) result {
	var stdout, stderr bytes.Buffer
	exit := run(&env{&stdout, &stderr}, args)
	return result{exit, stdout.String(), stderr.String()}
}

// TestTranscripts runs the commands of each archive in a folder with its
// files, and compares what they say with the transcript in it.
func TestTranscripts(t *testing.T) {
	home, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no archives in testdata: %v", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			path := filepath.Join(home, filepath.Base(name))
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			out := &txtar.Archive{Comment: archive.Comment}
			var got, want string
			for _, f := range archive.Files {
				switch f.Name {
				case "commands":
					got = transcript(t, string(f.Data))
				case "transcript":
					want = string(f.Data)
					continue
				default:
					write(t, f.Name, string(f.Data))
				}
				out.Files = append(out.Files, f)
			}
			if *update {
				out.Files = append(out.Files, txtar.File{Name: "transcript", Data: []byte(got)})
				if err := os.WriteFile(path, txtar.Format(out), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// transcript runs commands, a line each. Besides amqpgen there is ls, which
// lists all files that amqpgen did not write.
func transcript(t *testing.T, commands string) string {
	t.Helper()
	if err := os.Mkdir("folder.xml", 0o755); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for line := range strings.Lines(commands) {
		fmt.Fprintf(&b, "$ %s", line)
		words := strings.Fields(line)
		if words[0] == "ls" {
			b.WriteString(list(t))
			continue
		}
		r := amqpgen(words[1:]...)
		b.WriteString(stable(r.stdout))
		b.WriteString(indent(stable(r.stderr)))
		fmt.Fprintf(&b, "exit %d\n\n", r.exit)
	}
	return b.String()
}

// indent marks what was said on stderr.
func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("2> " + line)
	}
	return b.String()
}

var (
	manyFiles = regexp.MustCompile(`\b\d{2,} (of|files)`)
	digest    = regexp.MustCompile(`sha256:[0-9a-f]{64}`)
)

// stable takes out what each change of the runtime or a specification alters.
func stable(text string) string {
	return digest.ReplaceAllString(manyFiles.ReplaceAllString(manyFiles.ReplaceAllString(text, "N $1"), "N $1"), "sha256:…")
}

// list names the files, and how many of each folder are generated.
func list(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	generated := map[string]int{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.HasPrefix(string(text), emit.Header) && strings.HasSuffix(path, ".go") && len(text) > len(emit.Header) {
			generated[filepath.Dir(path)]++
			return err
		}
		fmt.Fprintln(&b, filepath.ToSlash(path))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"new/deeper", "pkg", "spec", "taken", "x"} {
		if n := generated[filepath.FromSlash(dir)]; n > 0 {
			fmt.Fprintf(&b, "%s: generated files\n", dir)
		}
	}
	return b.String() + "\n"
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
