package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/amqpgen/amqpgen/emit"
)

// stagingPrefix begins the names of the folders in which an output's new
// files gather before they take their places. The go tool passes over names
// with a leading dot.
func (f *folder) stagingPrefix() string { return "." + filepath.Base(f.real) + ".amqpgen-" }

// stage makes a folder with the files that an output is to hold: all of them,
// of which those that stay as they are keep their identity, or the changed
// ones alone.
func (d *difference) stage(parent string, all bool) (dir string, err error) {
	err = stepwise("stage "+parent, func() error {
		dir, err = os.MkdirTemp(parent, d.folder.stagingPrefix())
		return err
	})
	if err != nil {
		return "", err
	}
	written, err := d.fillStaging(dir, all)
	if err == nil {
		err = syncFiles(written)
	}
	if err != nil {
		return dir, err
	}
	syncFolder(dir)
	return dir, stepwise("mode "+dir, func() error { return os.Chmod(dir, d.folder.mode) })
}

// fillStaging returns the files that are new on the disk.
func (d *difference) fillStaging(dir string, all bool) (written []string, err error) {
	changed := map[string]bool{}
	for _, ch := range d.changes {
		changed[ch.name] = true
	}
	for _, name := range d.files.Names() {
		path, fresh := filepath.Join(dir, name), changed[name]
		switch {
		case fresh:
			err = writeFile(path, d.files[name])
		case all:
			fresh, err = linkFile(filepath.Join(d.folder.real, name), path, d.files[name])
		}
		if err != nil {
			return nil, err
		}
		if fresh {
			written = append(written, path)
		}
	}
	return written, nil
}

// sweep removes the folders that earlier runs, and this one, have left beside
// the output or in it, and returns those that hold what amqpgen did not write.
// Such a folder is no harm; what cannot be removed now is removed later.
func (f *folder) sweep() (left []string) {
	for _, parent := range []string{filepath.Dir(f.real), f.real} {
		entries, err := os.ReadDir(parent)
		if err != nil {
			continue
		}
		for _, entry := range entries {
			dir := filepath.Join(parent, entry.Name())
			if entry.IsDir() && strings.HasPrefix(entry.Name(), f.stagingPrefix()) && !clearStaging(dir) {
				left = append(left, dir)
			}
		}
	}
	return left
}

// clearStaging removes a folder if all that it holds is amqpgen's.
func clearStaging(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, entry := range entries {
		if !staged(dir, entry) {
			return false
		}
	}
	for _, entry := range entries {
		if remove(filepath.Join(dir, entry.Name())) != nil {
			return false
		}
	}
	return remove(dir) == nil
}

// staged recognizes a file of ours, also one that is cut short.
func staged(dir string, entry fs.DirEntry) bool {
	there, err := readPresent(filepath.Join(dir, entry.Name()))
	if err != nil || !entry.Type().IsRegular() {
		return false
	}
	return entry.Name() == manifestName ||
		listable(entry.Name()) && (there.ours || strings.HasPrefix(emit.Header, string(there.text)))
}
