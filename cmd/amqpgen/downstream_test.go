package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/internal/broker"
)

// downstream is a project of its own that has amqpgen as a tool.
type downstream struct {
	dir string
	env []string
}

// newDownstream makes the project, in the way that the README shows: with this
// module in place of a release. No proxy is needed.
func newDownstream(t *testing.T) *downstream {
	t.Helper()
	home, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	d := &downstream{dir: t.TempDir()}
	d.env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local")
	const module = "github.com/amqpgen/amqpgen"
	write(t, filepath.Join(d.dir, "go.mod"), "module example.test/downstream\n\ngo 1.25\n")
	write(t, filepath.Join(d.dir, "go.sum"), read(t, filepath.Join(home, "go.sum")))
	d.must(t, "mod", "edit", "-replace", module+"="+home, "-require", module+"@v0.0.0", "-tool", module+"/cmd/amqpgen")
	d.must(t, "mod", "tidy")
	return d
}

// use has the project generate from a specification.
func (d *downstream) use(t *testing.T, spec string) {
	t.Helper()
	program := strings.ReplaceAll(read(t, "testdata/downstream/main.go.txt"), "SPEC", spec)
	write(t, filepath.Join(d.dir, "main.go"), program)
}

// run runs the go tool in the project.
func (d *downstream) run(args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = d.dir, d.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (d *downstream) must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := d.run(args...)
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// check runs amqpgen's in the project, and returns what it says.
func (d *downstream) check(spec string) (string, error) {
	return d.run("tool", "amqpgen", "check", "-spec", spec, "-package", "amqp", "-out", "amqp")
}

// TestDownstream leads a project from one version of its specification to the
// next: generate, build, vet, run; see in check what will change; and again.
func TestDownstream(t *testing.T) {
	d := newDownstream(t)
	b, err := broker.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	d.env = append(d.env, "AMQP_URL="+b.URI())
	for i, c := range []struct {
		spec    string
		changes []string // files that differ from the version before, some of them
		runs    bool     // the broker speaks it
	}{
		{"0-8", nil, true},
		{"rabbitmq-0-8", []string{"amqpgen.sum: out of date", "spec_basic.go: out of date"}, true},
		{"0-9-1", []string{"spec_basic.go: out of date", "spec_access.go: extra, left from an earlier run"}, false},
	} {
		d.use(t, c.spec)
		if i > 0 {
			d.shows(t, c.spec, c.changes)
		}
		d.must(t, "generate")
		d.must(t, "build", "./...")
		d.must(t, "vet", "./...")
		if out, err := d.check(c.spec); err != nil || !strings.HasSuffix(out, " files are up to date\n") {
			t.Errorf("%s: check after generate: %v\n%s", c.spec, err, out)
		}
		if !c.runs {
			continue
		}
		if out := d.must(t, "run", "."); out != "all is well\n" {
			t.Errorf("%s: the program says %s", c.spec, out)
		}
	}
}

// shows holds that check prints a diff, names files and how to mend them, and
// fails.
func (d *downstream) shows(t *testing.T, spec string, changes []string) {
	t.Helper()
	out, err := d.check(spec)
	if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != exitFindings {
		t.Errorf("%s: check ends with %v", spec, err)
	}
	said := slices.Collect(strings.Lines(filepath.ToSlash(out)))
	for _, c := range changes {
		if !slices.Contains(said, "amqpgen: amqp/"+c+"\n") {
			t.Errorf("%s: check does not say %q", spec, c)
		}
	}
	for _, part := range []string{
		"--- a/amqp/spec_basic.go\n+++ b/amqp/spec_basic.go\n@@ -",
		" files differ; mend it with: amqpgen generate -spec " + spec + " -package amqp -out amqp\n",
	} {
		if !strings.Contains(out, part) {
			t.Errorf("%s: check does not print %q", spec, part)
		}
	}
}
