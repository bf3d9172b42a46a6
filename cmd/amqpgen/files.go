package main

import (
	"bytes"
	"errors"
	"fmt"
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

// compare holds the output folder against what it should hold. It refuses if
// a file that amqpgen did not write stands where one of its own belongs.
func compare(t *target, files emit.Files) (changes, error) {
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
	stale, err := leftovers(t.out, files)
	return append(out, stale...), err
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
	written, removed := 0, 0
	for _, c := range cs {
		if c.new == nil {
			removed++
		} else {
			written++
		}
	}
	s := fmt.Sprintf("%d of %d files written", written, files)
	if removed > 0 {
		s += fmt.Sprintf(", %d of an earlier run removed", removed)
	}
	return s
}
