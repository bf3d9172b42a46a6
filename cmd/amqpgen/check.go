package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// runCheck writes nothing: the diff goes to stdout, each file's state and the
// command that mends it to stderr.
func runCheck(e *env, args []string) error {
	t, done, err := parseTarget(e, "check", args)
	if done || err != nil {
		return err
	}
	files, err := t.files(e)
	if err != nil {
		return err
	}
	f, err := locate(t.out)
	if err != nil {
		return err
	}
	d, err := f.compare(t.pkg, files)
	if err != nil {
		return err
	}
	if !f.exists {
		return fmt.Errorf("%s: there is no such folder; make it with: %s", t.out, t.command())
	}
	if !t.quiet {
		d.sayLeft(e.stderr)
	}
	if len(d.changes) > 0 {
		return t.reportChanges(e, d)
	}
	if !t.quiet {
		fmt.Fprintf(e.stderr, "amqpgen: %s: %s\n", t.out, d.summary())
	}
	return nil
}

func (t *target) reportChanges(e *env, d *difference) error {
	for _, ch := range d.changes {
		path := strings.TrimPrefix(filepath.ToSlash(filepath.Join(t.out, ch.name)), "/")
		fmt.Fprint(e.stdout, unifiedDiff(path, ch.old, ch.new))
	}
	d.sayStates(e.stderr)
	fmt.Fprintf(e.stderr, "amqpgen: %s: %s; mend it with: %s\n", t.out, d.count(), t.command())
	return errReported
}
