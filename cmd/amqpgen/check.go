package main

import (
	"fmt"
	"path/filepath"
)

func runCheck(e *env, args []string) error {
	t, done, err := parseTarget(e, "check", args)
	if done || err != nil {
		return err
	}
	files, err := t.files(e)
	if err != nil {
		return err
	}
	cs, err := compare(t, files)
	if err != nil {
		return err
	}
	if len(cs) == 0 {
		if !t.quiet {
			fmt.Fprintf(e.stderr, "amqpgen: %s: all %d files are up to date\n", t.out, len(files))
		}
		return nil
	}
	for _, c := range cs {
		path := filepath.ToSlash(filepath.Join(t.out, c.name))
		fmt.Fprint(e.stdout, unifiedDiff(path, c.old, c.new))
	}
	fmt.Fprintf(e.stderr, "amqpgen: %s: %d files differ; mend it with: %s\n", t.out, len(cs), t.command())
	return errReported
}
