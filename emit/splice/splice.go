// Package splice chooses the files of the runtime that a package needs and
// makes them part of it. A file is taken whole or not at all.
//
// A runtime file may begin with a directive:
//
//	//amqpgen:omit                       never part of a package
//	//amqpgen:requires confirm.select    only if the spec has the method or class
//	//amqpgen:requires !confirm.select   only if it does not
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
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"

	"github.com/amqpgen/amqpgen/emit/plan"
)

const (
	standIn       = "//go:build amqpgen_standin\n\n"
	directive     = "//amqpgen:"
	packageClause = "package client\n"
)

// Runtime is the chosen files, and what the plan must know of them.
type Runtime struct {
	files map[string][]byte
}

// Choose reads the runtime and picks the files that go with a spec. has tells
// whether the spec has a class (queue) or method (queue.declare).
func Choose(runtime fs.FS, has func(feature string) bool) (*Runtime, error) {
	names, err := fs.Glob(runtime, "client/*.go")
	if err != nil {
		return nil, err
	}
	r := &Runtime{files: map[string][]byte{}}
	for _, name := range names {
		base := path.Base(name)
		if strings.HasSuffix(base, "_test.go") || strings.HasPrefix(base, "spec_") {
			continue
		}
		text, err := fs.ReadFile(runtime, name)
		if err != nil {
			return nil, err
		}
		wanted, text, err := take(text, has)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", base, err)
		}
		if wanted {
			r.files[base] = text
		}
	}
	return r, nil
}

// take obeys a file's directives and returns it without them.
func take(text []byte, has func(string) bool) (wanted bool, rest []byte, err error) {
	wanted = true
	text = bytes.TrimPrefix(text, []byte(standIn))
	for {
		line, after, _ := bytes.Cut(text, []byte("\n"))
		order, ok := strings.CutPrefix(string(line), directive)
		if !ok {
			return wanted, bytes.TrimLeft(text, "\n"), nil
		}
		verb, features, _ := strings.Cut(order, " ")
		switch verb {
		case "omit":
			wanted = false
		case "requires":
			for feature := range strings.FieldsSeq(features) {
				name, absent := strings.CutPrefix(feature, "!")
				wanted = wanted && has(name) != absent
			}
		default:
			return false, nil, fmt.Errorf("unknown directive %s%s", directive, verb)
		}
		text = after
	}
}

// Files returns the files as part of the package of that name.
func (r *Runtime) Files(pkg string) (map[string][]byte, error) {
	out := map[string][]byte{}
	for name, text := range r.files {
		before, after, ok := bytes.Cut(text, []byte(packageClause))
		if !ok || len(before) > 0 && !bytes.HasSuffix(before, []byte("\n")) {
			return nil, fmt.Errorf("%s: no %q on a line of its own", name, strings.TrimSpace(packageClause))
		}
		out[name] = bytes.Join([][]byte{before, after}, []byte("package "+pkg+"\n"))
	}
	return out, nil
}

// Scope reads out of the chosen files what a plan must respect: the names
// that are taken, and the hooks that are there.
func (r *Runtime) Scope() (plan.Runtime, error) {
	rt := plan.Runtime{Reserved: map[string]bool{}, ChannelFuncs: map[string]bool{}, ConnFuncs: map[string]bool{}}
	fset := token.NewFileSet()
	for name, text := range r.files {
		file, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			return rt, err
		}
		for _, decl := range file.Decls {
			record(&rt, decl)
		}
		for _, spec := range file.Imports {
			rt.Reserved[path.Base(strings.Trim(spec.Path.Value, `"`))] = true
		}
	}
	return rt, nil
}

func record(rt *plan.Runtime, decl ast.Decl) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		switch receiver(d) {
		case "":
			rt.Reserved[d.Name.Name] = true
		case "Channel":
			rt.ChannelFuncs[d.Name.Name] = true
		case "Connection":
			rt.ConnFuncs[d.Name.Name] = true
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				rt.Reserved[s.Name.Name] = true
			case *ast.ValueSpec:
				for _, id := range s.Names {
					rt.Reserved[id.Name] = true
				}
			}
		}
	}
}

// receiver returns the type that a method belongs to, or the empty string.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	t := f.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name
	}
	return "?"
}
