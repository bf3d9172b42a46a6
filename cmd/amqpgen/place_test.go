package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/amqpgen/amqpgen/emit"
)

// Two sets of files: one file stays, one changes, one goes, one comes.
var (
	oldFiles = emit.Files{"same.go": source("same"), "verbs.go": source("old"), "goes.go": source("goes")}
	newFiles = emit.Files{"same.go": source("same"), "verbs.go": source("new"), "comes.go": source("comes")}
)

func source(comment string) []byte {
	return []byte(emit.Header + "\npackage amqp\n\n// " + comment + "\n")
}

// withManifest adds what lists the files.
func withManifest(files emit.Files) map[string]string {
	out := map[string]string{manifestName: string(formatManifest(files))}
	for name, text := range files {
		out[name] = string(text)
	}
	return out
}

// contents reads all that is in a folder, and nothing of a folder that is not there.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			out[e.Name()] = "a folder"
		} else {
			out[e.Name()] = read(t, filepath.Join(dir, e.Name()))
		}
	}
	return out
}

// fill writes files into a folder.
func fill(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		write(t, filepath.Join(dir, name), text)
	}
}

// noneBeside fails if the folder that holds the output holds anything else.
func noneBeside(t *testing.T, out string) {
	t.Helper()
	for name := range contents(t, filepath.Dir(out)) {
		if name != filepath.Base(out) {
			t.Errorf("%s is left", name)
		}
	}
}

// needExchange skips where two folders in a third cannot trade places.
func needExchange(t *testing.T, in string) {
	t.Helper()
	a, b := filepath.Join(in, "a"), filepath.Join(in, "b")
	defer os.Remove(a)
	defer os.Remove(b)
	if err := errors.Join(os.Mkdir(a, 0o755), os.Mkdir(b, 0o755), exchange(a, b)); err != nil {
		t.Skip(err)
	}
}

// atStep has f called before the nth step from now, and tells for each later
// step how far behind it is.
func atStep(t *testing.T, n int, f func(behind int) error) (steps func() int) {
	t.Helper()
	was, count := beforeStep, 0
	t.Cleanup(func() { beforeStep = was })
	beforeStep = func(string) error {
		if count++; count < n {
			return nil
		}
		return f(count - n)
	}
	return func() int { return count }
}

var errFull = &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}

// TestFailureAtEachStep has the disk be full from each step on, and fail at
// that step alone.
func TestFailureAtEachStep(t *testing.T) {
	needExchange(t, t.TempDir())
	for what, fail := range map[string]func(behind int) error{
		"from then on": func(int) error { return errFull },
		"once": func(behind int) error {
			if behind > 0 {
				return nil
			}
			return errFull
		},
	} {
		for _, before := range []map[string]string{withManifest(oldFiles), {}} {
			t.Run(fmt.Sprintf("%s/%d files", what, len(before)), func(t *testing.T) {
				failAtEachStep(t, before, fail)
			})
		}
	}
}

func failAtEachStep(t *testing.T, before map[string]string, fail func(int) error) {
	for n := 1; ; n++ {
		out := filepath.Join(t.TempDir(), "amqp")
		fill(t, out, before)
		target := &target{pkg: "amqp", out: out}
		steps := atStep(t, n, fail)
		_, err := target.write(newFiles)
		got, want := contents(t, out), withManifest(newFiles)
		if err != nil {
			want = before
			if !errors.Is(err, syscall.ENOSPC) || !strings.HasPrefix(err.Error(), out+": nothing is changed, since ") {
				t.Errorf("step %d: %v", n, err)
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("step %d, then %v: neither the old set nor the new one: %d files", n, err, len(got))
		}
		if steps() < n {
			return
		}
		beforeStep = func(string) error { return nil }
		if _, err := target.write(newFiles); err != nil || !maps.Equal(contents(t, out), withManifest(newFiles)) {
			t.Errorf("step %d: the next run: %v", n, err)
		}
		noneBeside(t, out)
	}
}

// TestOneByOne fails at each step in a folder that has a file of the user's:
// each file is the old or the new one, and the next run mends it.
func TestOneByOne(t *testing.T) {
	old, new := withManifest(oldFiles), withManifest(newFiles)
	old["own.go"], new["own.go"] = "package amqp\n", "package amqp\n"
	for n, more := 1, true; more; n++ {
		out := filepath.Join(t.TempDir(), "amqp")
		fill(t, out, old)
		target := &target{pkg: "amqp", out: out}
		steps := atStep(t, n, func(int) error { return errFull })
		_, err := target.write(newFiles)
		more = steps() >= n
		got := contents(t, out)
		maps.DeleteFunc(got, func(name, text string) bool { return strings.HasPrefix(name, ".amqp.amqpgen-") })
		for name, text := range got {
			if text != old[name] && text != new[name] {
				t.Errorf("step %d: %s is neither old nor new", n, name)
			}
		}
		if listed := got[manifestName] == new[manifestName]; err != nil && (listed || !errors.Is(err, syscall.ENOSPC)) {
			t.Errorf("step %d: %v, and the new manifest is there: %t", n, err, listed)
		}
		beforeStep = func(string) error { return nil }
		if _, err := target.write(newFiles); err != nil || !maps.Equal(contents(t, out), new) {
			t.Errorf("step %d: the next run does not mend it: %v", n, err)
		}
	}
}

// TestWorkingFolderStays holds that no folder is traded away under a program
// that works in it.
func TestWorkingFolderStays(t *testing.T) {
	for _, c := range []struct {
		at, out string
		same    bool
	}{{".", "amqp", false}, {"amqp", ".", true}, {"amqp", "../amqp", true}} {
		dir := t.TempDir()
		t.Chdir(dir)
		first := &target{pkg: "amqp", out: "amqp"}
		if _, err := first.write(oldFiles); err != nil {
			t.Fatal(err)
		}
		before, err := os.Stat("amqp")
		if err != nil {
			t.Fatal(err)
		}
		t.Chdir(c.at)
		second := &target{pkg: "amqp", out: c.out}
		if _, err := second.write(newFiles); err != nil {
			t.Fatal(err)
		}
		after, err := os.Stat(filepath.Join(dir, "amqp"))
		if err != nil || c.same && !os.SameFile(before, after) {
			t.Errorf("%+v: another folder is there now, %v", c, err)
		}
		if d, err := second.write(newFiles); err != nil || len(d.changes) > 0 {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestRunsAtOnce lets runs for one output wait for each other.
func TestRunsAtOnce(t *testing.T) {
	needExchange(t, t.TempDir())
	sets := []emit.Files{oldFiles, newFiles}
	out := filepath.Join(t.TempDir(), "amqp")
	var runs sync.WaitGroup
	for i := range 20 {
		runs.Go(func() {
			target := &target{pkg: "amqp", out: out}
			if _, err := target.write(sets[i%2]); err != nil {
				t.Error(err)
			}
		})
	}
	runs.Wait()
	got := contents(t, out)
	if !maps.Equal(got, withManifest(sets[0])) && !maps.Equal(got, withManifest(sets[1])) {
		t.Error("the package is of both specifications")
	}
	noneBeside(t, out)
}

// TestSweep holds that what a stopped run has left is removed, unless somebody
// has put something there.
func TestSweep(t *testing.T) {
	fresh(t)
	for path, text := range map[string]string{
		".amqp08.amqpgen-1/wire.go":            emit.Header + "package",
		".amqp08.amqpgen-1/amqpgen.sum":        "0",
		".amqp08.amqpgen-1/table.go":           emit.Header[:9],
		"amqp08/.amqp08.amqpgen-2/spec_tx.go":  "",
		".amqp08.amqpgen-3/notes.txt":          "",
		".amqp08.amqpgen-4/wire.go":            "package mine\n",
		".amqp08.amqpgen-5/deep/wire.go":       emit.Header,
		".amqp09.amqpgen-6/wire.go":            emit.Header,
		".amqp08.amqpgen-file":                 emit.Header,
		"amqp08/.amqp08.amqpgen-7/deeper/x.go": emit.Header,
	} {
		write(t, path, text)
	}
	r := amqpgen(generate08...)
	for path, stays := range map[string]bool{
		".amqp08.amqpgen-1":        false,
		"amqp08/.amqp08.amqpgen-2": false,
		".amqp08.amqpgen-3":        true,
		".amqp08.amqpgen-4":        true,
		".amqp08.amqpgen-5":        true,
		".amqp09.amqpgen-6":        true,
		".amqp08.amqpgen-file":     true,
		"amqp08/.amqp08.amqpgen-7": true,
	} {
		if _, err := os.Stat(path); stays != (err == nil) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if n := strings.Count(r.stderr, ": left by a run that was stopped; it cannot be removed, or holds what amqpgen did not write\n"); r.exit != exitOK || n != 4 {
		t.Errorf("%+v", r)
	}
}
