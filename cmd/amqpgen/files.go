package main

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/amqpgen/amqpgen/emit"
)

// change is a file of the output folder that is not as it should be.
type change struct {
	name     string
	old, new []byte // nil: there is none, there shall be none
	edited   bool   // since an earlier run wrote it
}

// state says what is wrong with the file.
func (ch change) state() string {
	switch {
	case ch.old == nil:
		return "missing"
	case ch.new == nil && ch.edited:
		return "extra, left from an earlier run and edited by hand"
	case ch.new == nil:
		return "extra, left from an earlier run"
	case ch.edited:
		return "edited by hand"
	}
	return "out of date"
}

// difference holds the output folder against what it should hold.
type difference struct {
	folder   *folder
	files    emit.Files // what there should be, the manifest included
	changes  []change   // in the order of names
	unlisted []string   // files with our header that no run knows of any more
	shared   bool       // there is something else in the folder
	left     []string   // folders of stopped runs that could not be removed
}

// compare holds the folder against files and their manifest. It refuses if
// what amqpgen did not write stands where a file of the package belongs, or
// makes another package of the folder.
func (f *folder) compare(pkg string, files emit.Files) (*difference, error) {
	if err := f.look(); err != nil {
		return nil, err
	}
	if err := f.fits(pkg); err != nil {
		return nil, err
	}
	listed, err := f.manifest()
	if err != nil {
		return nil, err
	}
	d := &difference{folder: f, files: maps.Clone(files)}
	d.files[manifestName] = formatManifest(files)
	for _, name := range d.files.Names() {
		if err := d.wanted(name, listed); err != nil {
			return nil, err
		}
	}
	for _, entry := range f.entries {
		if err := d.unwanted(entry.Name(), listed); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(d.changes, func(a, b change) int { return cmp.Compare(a.name, b.name) })
	return d, nil
}

// manifest reads which files an earlier run wrote.
func (f *folder) manifest() (manifest, error) {
	path := filepath.Join(f.path, manifestName)
	there, err := readPresent(path)
	if err != nil {
		return nil, err
	}
	return parseManifest(path, there.text)
}

// wanted compares a file that there should be.
func (d *difference) wanted(name string, listed manifest) error {
	path := filepath.Join(d.folder.path, name)
	there, err := readPresent(path)
	switch {
	case err != nil:
		return err
	case there.link:
		return linkError(path)
	case there.exists && !there.ours && (name != manifestName || there.text == nil):
		return fmt.Errorf("%s: not written by amqpgen, so it stays as it is; move it away or choose another -out", path)
	case there.exists && bytes.Equal(there.text, d.files[name]):
		return nil
	}
	changed := there.exists && listed.edited(name, there.text)
	d.changes = append(d.changes, change{name, there.text, d.files[name], changed})
	return nil
}

// unwanted finds out whether a file is of an earlier run, and if so, whether
// it may go: a manifest must list it, and it must have our header.
func (d *difference) unwanted(name string, listed manifest) error {
	if d.files[name] != nil {
		return nil
	}
	path := filepath.Join(d.folder.path, name)
	there, err := readPresent(path)
	switch {
	case err != nil:
		return err
	case there.link && listed[name] != "":
		return linkError(path)
	case there.ours && listed[name] != "":
		d.changes = append(d.changes, change{name, there.text, nil, listed.edited(name, there.text)})
		return nil
	case there.ours && listable(name):
		d.unlisted = append(d.unlisted, name)
	}
	d.shared = true
	return nil
}

func linkError(path string) error {
	return fmt.Errorf("%s: a symbolic link, which is neither followed nor replaced; move it away or choose another -out", path)
}
