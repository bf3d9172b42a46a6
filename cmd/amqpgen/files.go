package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/amqpgen/amqpgen/emit"
)

// change is a file of the output folder that is not as it should be.
type change struct {
	name     string
	old, new []byte // nil: there is none, there shall be none
}

type changes []change

// compare holds the output folder against what it should hold, and returns
// how many files that is. It refuses if a file that amqpgen did not write
// stands where one of its own belongs, or makes another package of the folder.
func (t *target) compare(e *env) (out changes, total int, err error) {
	files, err := t.files(e)
	if err != nil {
		return nil, 0, err
	}
	if err := t.checkFolder(); err != nil {
		return nil, 0, err
	}
	own, err := t.ownFiles(files)
	if err != nil {
		return nil, 0, err
	}
	stale, err := leftovers(t.out, files)
	return append(own, stale...), len(files), err
}

// checkFolder looks for what would not go together with the package.
func (t *target) checkFolder() error {
	info, err := os.Stat(t.out)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("-out %s is no folder", t.out)
	}
	names, err := filepath.Glob(filepath.Join(t.out, "*.go"))
	if err != nil {
		return err
	}
	for _, name := range names {
		_, _, mine, err := ours(name)
		if err != nil {
			return err
		}
		if pkg := packageOf(name); !mine && pkg != "" && strings.TrimSuffix(pkg, "_test") != t.pkg {
			return fmt.Errorf("%s is of package %s, so package %s cannot be there; choose another -out", name, pkg, t.pkg)
		}
	}
	return nil
}

// packageOf returns the package that a Go file is of, if that can be told.
func packageOf(name string) string {
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.PackageClauseOnly)
	if err != nil {
		return ""
	}
	return file.Name.Name
}

// ownFiles compares the files that there should be.
func (t *target) ownFiles(files emit.Files) (changes, error) {
	var out changes
	for _, name := range files.Names() {
		path := filepath.Join(t.out, name)
		old, exists, mine, err := ours(path)
		if err != nil {
			return nil, err
		}
		if exists && !mine {
			return nil, fmt.Errorf("%s: not written by amqpgen, so it stays as it is; move it away or choose another -out", path)
		}
		if !exists || !bytes.Equal(old, files[name]) {
			out = append(out, change{name, old, files[name]})
		}
	}
	return out, nil
}

// leftovers finds files that an earlier amqpgen wrote and this one does not.
func leftovers(dir string, files emit.Files) (changes, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out changes
	for _, entry := range entries {
		if files[entry.Name()] != nil || !strings.HasSuffix(entry.Name(), ".go") {
			continue
		}
		old, _, mine, err := ours(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		if mine {
			out = append(out, change{entry.Name(), old, nil})
		}
	}
	return out, nil
}

// write makes the changes. Each file is replaced at once or not at all.
func (cs changes) write(dir string) error {
	if len(cs) == 0 {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, c := range cs {
		path := filepath.Join(dir, c.name)
		if c.new == nil {
			if err := os.Remove(path); err != nil {
				return err
			}
			continue
		}
		if err := replace(path, c.new); err != nil {
			return err
		}
	}
	return nil
}

// replace writes a file beside its place and moves it there.
func replace(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".amqpgen-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already if all went well
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// summary says in a line what was done.
func (cs changes) summary(files int) string {
	if len(cs) == 0 {
		return fmt.Sprintf("all %d files are up to date", files)
	}
	written := 0
	var removed []string
	for _, c := range cs {
		if c.new == nil {
			removed = append(removed, c.name)
		} else {
			written++
		}
	}
	s := fmt.Sprintf("%d of %d files written", written, files)
	if len(removed) > 0 {
		s += ", removed of an earlier run: " + strings.Join(removed, ", ")
	}
	return s
}

// count says how many files there are to change.
func (cs changes) count() string {
	if len(cs) == 1 {
		return "1 file is"
	}
	return fmt.Sprintf("%d files are", len(cs))
}
