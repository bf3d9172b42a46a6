package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func runCheck(e *env, args []string) error {
	t, done, err := parseTarget(e, "check", args)
	if done || err != nil {
		return err
	}
	cs, files, err := t.compare(e)
	if err != nil {
		return err
	}
	if _, err := os.Stat(t.out); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: there is no such folder; make it with: %s", t.out, t.command())
	}
	if len(cs) == 0 {
		if !t.quiet {
			fmt.Fprintf(e.stderr, "amqpgen: %s: %s\n", t.out, cs.summary(files))
		}
		return nil
	}
	for _, c := range cs {
		path := strings.TrimPrefix(filepath.ToSlash(filepath.Join(t.out, c.name)), "/")
		fmt.Fprint(e.stdout, unifiedDiff(path, c.old, c.new))
	}
	fmt.Fprintf(e.stderr, "amqpgen: %s: %s out of date; mend it with: %s\n", t.out, cs.count(), t.command())
	return errReported
}
