package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
)

func help(w io.Writer) {
	fmt.Fprint(w, `amqpgen reads an AMQP specification in XML and writes a Go client package for it.

Usage:

	amqpgen <command> [flags]

Commands:

`)
	for _, v := range verbs() {
		fmt.Fprintf(w, "	%-10s %s\n", v.name, v.does)
	}
	fmt.Fprint(w, `
amqpgen help <command> lists a command's flags.

In a project that vendors its client, put this into a Go file of the folder
above the client, and run go generate there:

	//go:generate go tool amqpgen generate -spec 0-8 -package amqp08 -out amqp08

Exit status: 0 fine, 1 findings or failure, 2 a mistake on the command line.
`)
}

func runHelp(e *env, args []string) error {
	switch len(args) {
	case 0:
		help(e.stdout)
		return nil
	case 1:
	default:
		return usagef("help takes one command, not %d", len(args))
	}
	for _, v := range verbs() {
		if v.name == args[0] {
			return v.run(&env{e.stdout, e.stdout}, []string{"-h"})
		}
	}
	return usagef("unknown command %q; amqpgen help lists them", args[0])
}

// parseFlags parses the flags of a verb that takes nothing else. done means
// that help was asked for and given.
func parseFlags(e *env, set *flag.FlagSet, synopsis string, args []string) (done bool, err error) {
	_, done, err = parseArgs(e, set, synopsis, args, 0, 0)
	return done, err
}

// parseArgs is parseFlags for a verb that takes words beside its flags, from
// least to most of them, in any order with the flags. The synopsis is an
// example.
func parseArgs(e *env, set *flag.FlagSet, synopsis string, args []string, least, most int) (words []string, done bool, err error) {
	set.SetOutput(io.Discard)
	for len(args) > 0 && err == nil {
		if err = set.Parse(args); err == nil && set.NArg() > 0 {
			words = append(words, set.Arg(0))
		}
		args = set.Args()[min(1, set.NArg()):]
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(e.stdout, "Usage: amqpgen %s\n\n%s\n", synopsis, purpose(set.Name()))
		set.SetOutput(e.stdout)
		set.PrintDefaults()
		return nil, true, nil
	case err != nil:
		return nil, false, usagef("%s: %s; see amqpgen help %s", set.Name(), err, set.Name())
	case len(words) > most:
		return nil, false, usagef("%s: unexpected argument %q", set.Name(), words[most])
	case len(words) < least:
		return nil, false, usagef("%s: too few arguments; for example: amqpgen %s", set.Name(), synopsis)
	}
	return words, false, nil
}

// purpose is a sentence on what a verb does.
func purpose(name string) string {
	for _, v := range verbs() {
		if v.name == name {
			return strings.ToUpper(v.does[:1]) + v.does[1:] + "."
		}
	}
	return ""
}

func runVersion(e *env, args []string) error {
	set := flag.NewFlagSet("version", flag.ContinueOnError)
	if done, err := parseFlags(e, set, "version", args); done || err != nil {
		return err
	}
	version := "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
	}
	fmt.Fprintf(e.stdout, "amqpgen %s\n", version)
	return nil
}
