package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/amqpgen/amqpgen/emit"
)

// write makes the output folder hold the files and their manifest, and
// returns what it found there. Runs for outputs side by side wait for each
// other where the system can lock folders.
func (t *target) write(files emit.Files) (*difference, error) {
	f, err := locate(t.out)
	if err != nil {
		return nil, err
	}
	defer lockFolder(filepath.Dir(f.real))()
	f.sweep()
	d, err := f.compare(t.pkg, files)
	if err != nil {
		return nil, err
	}
	err = d.place()
	d.left = f.sweep()
	return d, err
}

// place brings the new files to their places. A new folder appears in one
// step. So does a new set in a folder that holds nothing but the package: the
// system lets the old folder and the new one trade places (Linux does), and a
// run that is killed at any point leaves one set or the other, whole; who has
// the folder open, such as a shell, then sees the old one until it enters
// again. Elsewhere, in a folder with other files, and in one that is, or
// holds, the working folder, each file is replaced in one step, but the set is
// not: after a kill, check shows what is missing, and the next run mends it.
func (d *difference) place() error {
	switch {
	case len(d.changes) == 0:
		return nil
	case !d.folder.exists:
		return d.placeNew()
	case d.replaceable() && d.trade() == nil:
		return nil
	}
	return d.placeOneByOne()
}

// placeNew makes the folder.
func (d *difference) placeNew() error {
	parent := filepath.Dir(d.folder.real)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return d.unchanged(err)
	}
	dir, err := d.stage(parent, true)
	if err == nil {
		err = rename(dir, d.folder.real)
	}
	syncFolder(parent)
	return d.unchanged(err)
}

// replaceable tells whether the folder may make way for another.
func (d *difference) replaceable() bool {
	const writable = 0o200
	return !d.shared && d.folder.mode&writable != 0 && !d.folder.inUse()
}

// inUse tells whether the folder is the working folder or holds it.
func (f *folder) inUse() bool {
	out, err := os.Stat(f.real)
	if err != nil {
		return true
	}
	at, err := os.Getwd()
	if err != nil {
		return true
	}
	for {
		if info, err := os.Stat(at); err == nil && os.SameFile(info, out) {
			return true
		}
		up := filepath.Dir(at)
		if up == at {
			return false
		}
		at = up
	}
}

// trade lets a folder with the new set trade places with the old one.
func (d *difference) trade() error {
	parent := filepath.Dir(d.folder.real)
	dir, err := d.stage(parent, true)
	if err == nil {
		err = stepwise("exchange", func() error { return exchange(dir, d.folder.real) })
	}
	syncFolder(parent)
	if err != nil && dir != "" {
		clearStaging(dir)
	}
	return err
}

// placeOneByOne makes the changes file by file, the manifest's last.
func (d *difference) placeOneByOne() error {
	dir, err := d.stage(d.folder.real, false)
	if err != nil {
		return d.unchanged(err)
	}
	defer syncFolder(d.folder.real)
	for i, ch := range d.manifestLast() {
		err := d.placeFile(dir, ch)
		switch {
		case err != nil && i == 0:
			return d.unchanged(err)
		case err != nil:
			return fmt.Errorf("%s: %d of %d changes are made, and the next failed; generate again to mend it: %w",
				d.folder.path, i, len(d.changes), err)
		}
	}
	return nil
}

func (d *difference) manifestLast() []change {
	isManifest := func(ch change) bool { return ch.name == manifestName }
	out := slices.DeleteFunc(slices.Clone(d.changes), isManifest)
	if i := slices.IndexFunc(d.changes, isManifest); i >= 0 {
		out = append(out, d.changes[i])
	}
	return out
}

func (d *difference) placeFile(staged string, ch change) error {
	path := filepath.Join(d.folder.real, ch.name)
	if ch.new == nil {
		return remove(path)
	}
	return rename(filepath.Join(staged, ch.name), path)
}

// unchanged tells of a failure that has left the old files as they were.
func (d *difference) unchanged(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: nothing is changed, since %w", d.folder.path, err)
}
