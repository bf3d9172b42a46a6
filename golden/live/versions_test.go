package live

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/emit"
	"github.com/amqpgen/amqpgen/internal/rabbit"
	"github.com/amqpgen/amqpgen/specs"
)

// TestVersions generates a package for each specification that RabbitMQ
// speaks, and a program around it, and has that tell the story.
func TestVersions(t *testing.T) {
	node := rabbit.ForTest(t)
	for _, name := range []string{"0-9", "0-9-1", "rabbitmq-0-8", "rabbitmq", "qpid"} {
		t.Run(name, func(t *testing.T) {
			tellStory(t, name, "extras_unbind.go.txt", node.URI())
		})
	}
}

// tellStory generates the package of a bundled specification, and has a
// program around it tell the story to the broker at uri, but for the chapters
// that it is to leave out.
func tellStory(t *testing.T, spec, extras, uri string, without ...string) {
	t.Helper()
	dir := t.TempDir()
	generate(t, spec, filepath.Join(dir, "amqp"))
	program(t, dir, "story.go.txt", extras)
	out, err := run(t, dir, nil, "AMQP_URL="+uri, "AMQP_WITHOUT="+strings.Join(without, " "))
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// run runs the program in a folder, with what environ adds to the environment,
// and returns what it says.
func run(t *testing.T, dir string, input io.Reader, environ ...string) (string, error) {
	t.Helper()
	cmd := goTool(t, dir, "run", ".")
	cmd.Stdin = input
	cmd.Env = append(cmd.Env, environ...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// goTool is a command of the go tool in a folder with a module of its own.
func goTool(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(bounded(t), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOWORK=off")
	return cmd
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
	place(t, dir, names...)
}

// place copies files of testdata, and takes their .txt off.
func place(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		must(t, err, os.WriteFile(filepath.Join(dir, strings.TrimSuffix(name, ".txt")), text, 0o644))
	}
}
