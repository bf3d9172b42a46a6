package main

import (
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

// folder is the output folder as it stands.
type folder struct {
	path    string // as the user names it, for messages
	real    string // absolute, and no symbolic link
	exists  bool
	mode    fs.FileMode
	entries []fs.DirEntry
}

// locate finds the output folder, which may not be there yet. It may be a
// symbolic link to a folder beside the link or beneath; one that leads out of
// where it lies is refused, so that nobody is surprised by files that change
// elsewhere.
func locate(path string) (*folder, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	f := &folder{path: path, real: full}
	if info, err := os.Lstat(full); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return f, nil
	}
	if f.real, err = followed(full); err != nil {
		return nil, fmt.Errorf("-out %s: %w", path, err)
	}
	return f, nil
}

// look reads what is in the folder.
func (f *folder) look() error {
	info, err := os.Stat(f.real)
	if errors.Is(err, fs.ErrNotExist) {
		f.mode = fs.ModeDir | 0o755
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("-out %s is no folder", f.path)
	}
	f.exists, f.mode = true, info.Mode()
	f.entries, err = os.ReadDir(f.real)
	return err
}

// followed returns where a link leads, if that is within the folder of the link.
func followed(link string) (string, error) {
	home, err := filepath.EvalSymlinks(filepath.Dir(link))
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(link)
	if errors.Is(err, fs.ErrNotExist) {
		return "", errors.New("it is a symbolic link that leads nowhere; remove it")
	}
	if err != nil {
		return "", err
	}
	within, err := filepath.Rel(home, real)
	if err != nil || !filepath.IsLocal(within) || within == "." {
		return "", fmt.Errorf("it is a symbolic link that leads out, to %s; if that is the folder you mean, name it itself", real)
	}
	return real, nil
}

// fits looks for what would make another package of the folder.
func (f *folder) fits(pkg string) error {
	for _, entry := range f.entries {
		path := filepath.Join(f.path, entry.Name())
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || !strings.HasSuffix(path, ".go") {
			continue
		}
		present, err := readPresent(path)
		if err != nil {
			return err
		}
		if other := packageOf(path); !present.ours && other != "" && strings.TrimSuffix(other, "_test") != pkg {
			return fmt.Errorf("%s is of package %s, so package %s cannot be there; choose another -out", path, other, pkg)
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

// present is what stands where a file of the package belongs.
type present struct {
	text   []byte
	exists bool
	ours   bool // it has the header of amqpgen's files
	link   bool
}

// readPresent reads a file of the output folder. It follows no link.
func readPresent(path string) (present, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return present{}, nil
	}
	if err != nil {
		return present{}, err
	}
	if !info.Mode().IsRegular() {
		return present{exists: true, link: info.Mode()&fs.ModeSymlink != 0}, nil
	}
	text, err := os.ReadFile(path)
	first, _, _ := strings.Cut(string(text), "\n")
	return present{
		text:   text,
		exists: true,
		ours:   strings.TrimRight(first, "\r") == strings.TrimRight(emit.Header, "\n"),
	}, err
}
