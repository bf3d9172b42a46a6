// Package splice chooses the files of the runtime that a package needs and
// makes them part of it. A file is taken whole or not at all.
//
// A runtime file may begin with directives:
//
//	//amqpgen:omit                       never part of a package
//	//amqpgen:requires confirm.select    only if the spec has the method or class
//	//amqpgen:requires !confirm.select   only if it does not
//	//amqpgen:keeps connection           a subset of the spec has the class whole
//
// A subset of a spec gets no other files than the whole does. Of those it gets
// the ones whose first requirement it has; what they require besides, the
// subset is to keep.
//
// Of files that define the same for different specifications, all but one
// stand aside in place, behind a build constraint that is not part of what is
// spliced:
//
//	//go:build amqpgen_standin
package splice

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

const packageClause = "package client\n"

// Library is the runtime with all its files, whatever they require.
type Library struct {
	files []*file
}

// Runtime is the files chosen for a spec.
type Runtime struct {
	files []*file
}

// Read reads the runtime.
func Read(runtime fs.FS) (*Library, error) {
	names, err := fs.Glob(runtime, "client/*.go")
	if err != nil {
		return nil, err
	}
	l := &Library{}
	for _, name := range names {
		base := path.Base(name)
		if strings.HasSuffix(base, "_test.go") || strings.HasPrefix(base, "spec_") {
			continue
		}
		text, err := fs.ReadFile(runtime, name)
		if err != nil {
			return nil, err
		}
		f, err := readFile(base, text)
		if err != nil {
			return nil, err
		}
		l.files = append(l.files, f)
	}
	return l, nil
}

// Choose picks the files that go with a spec, or with a subset of it. has tells
// whether the spec has a class (queue) or method (queue.declare), kept whether
// the subset has.
func (l *Library) Choose(has, kept func(feature string) bool) *Runtime {
	r := &Runtime{}
	for _, f := range l.files {
		if f.wanted(has, kept) {
			r.files = append(r.files, f)
		}
	}
	return r
}

// Files returns the files as part of the package of that name.
func (r *Runtime) Files(pkg string) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, f := range r.files {
		before, after, ok := bytes.Cut(f.text, []byte(packageClause))
		if !ok || len(before) > 0 && !bytes.HasSuffix(before, []byte("\n")) {
			return nil, fmt.Errorf("%s: no %q on a line of its own", f.name, strings.TrimSpace(packageClause))
		}
		out[f.name] = bytes.Join([][]byte{before, after}, []byte("package "+pkg+"\n"))
	}
	return out, nil
}
