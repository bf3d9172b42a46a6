package main

import (
	"errors"
	"os"
	"sync"
)

// beforeStep comes before each step that changes something on the disk. Tests
// stop or fail there.
var beforeStep = func(step string) error { return nil }

// stepwise does steps in their order, up to the first that fails.
func stepwise(name string, steps ...func() error) error {
	for _, step := range steps {
		if err := beforeStep(name); err != nil {
			return err
		}
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// writeFile makes a file.
func writeFile(path string, text []byte) error {
	var f *os.File
	err := stepwise("write "+path,
		func() (err error) { f, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644); return err },
		func() error { _, err := f.Write(text); return err },
		func() error { return f.Chmod(0o644) },
	)
	if f != nil {
		err = errors.Join(err, f.Close())
	}
	return err
}

// linkFile gives a file another name, or a copy where that cannot be.
func linkFile(from, to string, text []byte) (copied bool, err error) {
	link := func() error { return os.Link(from, to) }
	if err := stepwise("link "+to, link); err == nil {
		return false, nil
	}
	return true, writeFile(to, text)
}

// syncFiles sees to it that files are on the disk: all at once, which takes
// half the time of one by one.
func syncFiles(paths []string) error {
	return stepwise("sync", func() error {
		errs := make([]error, len(paths))
		var running sync.WaitGroup
		for i, path := range paths {
			running.Go(func() { errs[i] = syncFile(path) })
		}
		running.Wait()
		return errors.Join(errs...)
	})
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func rename(from, to string) error {
	return stepwise("rename "+to, func() error { return os.Rename(from, to) })
}

func remove(path string) error {
	return stepwise("remove "+path, func() error { return os.Remove(path) })
}

// syncFolder sees to it that names are on the disk. Where folders cannot be
// synced, their order on the disk is the system's.
func syncFolder(path string) {
	if dir, err := os.Open(path); err == nil {
		_ = dir.Sync()
		dir.Close()
	}
}
