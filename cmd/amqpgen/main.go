// Command amqpgen generates Go client packages from AMQP XML specifications.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/amqpgen/amqpgen/model"
)

// Exit codes.
const (
	exitOK       = 0
	exitFindings = 1
	exitUsage    = 2
)

// verb is one of the things that the command does.
type verb struct {
	name string
	does string
	run  func(e *env, args []string) error
}

// env is what a verb may touch of the world.
type env struct {
	stdout, stderr io.Writer
}

func verbs() []verb {
	return []verb{
		{"generate", "write a client package for a specification", runGenerate},
		{"check", "compare a package with what generate would write", runCheck},
		{"list", "list a specification's methods: number, direction, content, replies, Go name", runList},
		{"explain", "explain a method, class, constant or domain, down to the octets on the wire", runExplain},
		{"vet", "find what is likely a mistake in a specification", runVet},
		{"diff", "compare two specifications: the wire, the Go API, the version step", runDiff},
		{"specs", "list the bundled specifications", runSpecs},
		{"version", "print the version of amqpgen", runVersion},
	}
}

// usageError is a mistake on the command line.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usagef(format string, args ...any) error {
	return usageError{fmt.Sprintf(format, args...)}
}

// errReported is the error of a verb that has told all there is to tell.
var errReported = errors.New("reported")

func main() {
	os.Exit(run(&env{os.Stdout, os.Stderr}, os.Args[1:]))
}

func run(e *env, args []string) int {
	err := dispatch(e, args)
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(e.stderr, "amqpgen: %s\n", usage.text)
		return exitUsage
	case errors.As(err, new(model.Diags)):
		fmt.Fprintf(e.stderr, "%s\n", err)
	case !errors.Is(err, errReported):
		fmt.Fprintf(e.stderr, "amqpgen: %s\n", err)
	}
	return exitFindings
}

func dispatch(e *env, args []string) error {
	if len(args) == 0 {
		help(e.stderr)
		return usagef("no command given; for example: amqpgen generate -spec 0-8 -out amqp08")
	}
	name := strings.TrimLeft(args[0], "-")
	if name == "help" || name == "h" {
		return runHelp(e, args[1:])
	}
	for _, v := range verbs() {
		if v.name == name {
			return v.run(e, args[1:])
		}
	}
	return usagef("unknown command %q; amqpgen help lists them", args[0])
}
