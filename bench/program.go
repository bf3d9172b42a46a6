package bench

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// program is a contender in another language: it takes a [Task] as its
// arguments and prints a [Result], or, without arguments, its version.
type program struct {
	source   []byte
	file     string   // what the source is called
	debian   string   // packages that bring what it needs
	probe    []string // a command that fails without them
	language []string // a command that tells the version of the language
	build    func(file string) (argv []string, err error)
}

//go:embed librabbitmq/client.c
var librabbitmqSource []byte

//go:embed amqplib/client.py
var amqplibSource []byte

var librabbitmq = program{
	source:   librabbitmqSource,
	file:     "client.c",
	debian:   "gcc libc6-dev librabbitmq-dev",
	probe:    []string{"cc", "-include", "amqp.h", "-E", "-x", "c", os.DevNull},
	language: []string{"cc", "--version"},
	build: func(file string) ([]string, error) {
		binary := strings.TrimSuffix(file, ".c")
		return []string{binary}, quietly("cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-o", binary, file, "-lrabbitmq")
	},
}

// Debian's modules are seen by the system's own Python alone.
const python = "/usr/bin/python3"

var amqplib = program{
	source:   amqplibSource,
	file:     "client.py",
	debian:   "python3-amqplib",
	probe:    []string{python, "-c", "import amqplib.client_0_8"},
	language: []string{python, "--version"},
	build:    func(file string) ([]string, error) { return []string{python, file}, nil },
}

// missing says what has to be installed for the program, if anything has.
func (p *program) missing() error {
	if quietly(p.probe...) == nil {
		return nil
	}
	return fmt.Errorf("install it with: apt-get install %s", p.debian)
}

// prepare makes the program ready to run, in a directory of its own.
func (p *program) prepare(dir string) (argv []string, err error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, p.file)
	if err := os.WriteFile(file, p.source, 0o644); err != nil {
		return nil, err
	}
	return p.build(file)
}

// quietly runs a command, of whose output only complaints are of interest, and
// only if it fails.
func quietly(argv ...string) error {
	cmd := exec.Command(argv[0], argv[1:]...)
	_, err := cmd.Output()
	return withComplaints(err)
}

// withComplaints adds to the failure of a command what that wrote to stderr.
func withComplaints(err error) error {
	exit, ok := err.(*exec.ExitError)
	if !ok || len(exit.Stderr) == 0 {
		return err
	}
	return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(exit.Stderr)))
}
