package generator

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// rival is what the output is compared with.
const rival = "github.com/rabbitmq/amqp091-go"

// packages are the clients, the rival first.
var packages = []struct{ name, path string }{
	{"amqp091-go", rival},
	{"amqp08", "github.com/amqpgen/amqpgen/generated/amqp08"},
	{"rabbitmq", "github.com/amqpgen/amqpgen/generated/rabbitmq"},
}

const buildsHead = `### Building the package, cold

"go build" of the client package alone, with a build cache that holds the standard library and nothing else, in turn.
The last row is the go tool's own part: a build where nothing is to be done. The bar: no slower than amqp091-go, by the
CPU, the go tool's part included.

| package | CPU ms | wall ms | CPU, of amqp091-go | wall, of amqp091-go | bar |
|---|---:|---:|---:|---:|---|
`

func reportBuilds(w io.Writer, dir string, rounds int) error {
	standard := filepath.Join(dir, "standard")
	if err := buildStandard(standard); err != nil {
		return err
	}
	builds := make([]spent, len(packages))
	var idle spent
	for range rounds {
		for i, p := range packages {
			if err := buildCold(filepath.Join(dir, "cache"), standard, p.path, &builds[i], &idle); err != nil {
				return err
			}
		}
	}
	fmt.Fprint(w, buildsHead)
	for i, p := range packages {
		cpu, wall := builds[i].cpu.Over(builds[0].cpu), builds[i].wall.Over(builds[0].wall)
		fmt.Fprintf(w, "| %s | %.0f | %.0f | %v | %v | %s |\n", p.name, builds[i].cpu.Median(), builds[i].wall.Median(),
			cpu, wall, verdict(cpu.Median(), 1))
	}
	fmt.Fprintf(w, "| nothing to do | %.0f | %.0f | | | |\n\n", idle.cpu.Median(), idle.wall.Median())
	return nil
}

// buildStandard fills a build cache with what the packages need of the standard
// library.
func buildStandard(cache string) error {
	args := []string{"list", "-deps", "-f", "{{if .Standard}}{{.ImportPath}}{{end}}"}
	for _, p := range packages {
		args = append(args, p.path)
	}
	needed, err := goTool(nil, args...)
	if err != nil {
		return err
	}
	_, err = goTool(cachedIn(cache), append([]string{"build"}, strings.Fields(needed)...)...)
	return err
}

// buildCold builds a package with a fresh copy of the cache, and again with
// nothing left to do.
func buildCold(cache, standard, path string, cold, idle *spent) error {
	defer os.RemoveAll(cache)
	if err := os.CopyFS(cache, os.DirFS(standard)); err != nil {
		return err
	}
	for _, s := range []*spent{cold, idle} {
		cmd := exec.Command("go", "build", path)
		cmd.Env = append(os.Environ(), cachedIn(cache)...)
		if _, err := s.add(cmd); err != nil {
			return err
		}
	}
	return nil
}

func cachedIn(dir string) []string { return []string{"GOCACHE=" + dir} }
