package live

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/amqpgen/amqpgen/emit"
	"github.com/amqpgen/amqpgen/internal/rabbit"
	"github.com/amqpgen/amqpgen/specs"
)

// TestVersions generates a package for each specification that RabbitMQ
// speaks, and a program around it, and has that tell the story.
func TestVersions(t *testing.T) {
	node := rabbit.ForTest(t)
	for _, name := range []string{"0-9", "0-9-1", "rabbitmq-0-8"} {
		t.Run(name, func(t *testing.T) {
			tellStory(t, name, "extras_unbind.go.txt", node.URI())
		})
	}
}

// tellStory generates the package of a bundled specification, and has a
// program around it tell the story to the broker at uri.
func tellStory(t *testing.T, spec, extras, uri string) {
	t.Helper()
	dir := t.TempDir()
	generate(t, spec, filepath.Join(dir, "amqp"))
	program(t, dir, "story.go.txt", extras)
	cmd := exec.CommandContext(bounded(t), "go", "run", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "AMQP_URL="+uri, "GOPROXY=off", "GOFLAGS=-mod=mod", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// generate writes the package of a bundled specification.
func generate(t *testing.T, name, dir string) {
	t.Helper()
	spec, err := specs.Load(name)
	must(t, err)
	files, err := emit.Generate(spec, emit.Options{Package: "amqp"})
	must(t, err, os.Mkdir(dir, 0o755))
	for name, text := range files {
		must(t, os.WriteFile(filepath.Join(dir, name), text, 0o644))
	}
}

// program makes a module of its own of files in testdata.
func program(t *testing.T, dir string, names ...string) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module story\n\ngo 1.24\n"), 0o644))
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		must(t, err, os.WriteFile(filepath.Join(dir, name[:len(name)-len(".txt")]), text, 0o644))
	}
}
