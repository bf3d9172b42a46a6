package splice

import (
	"go/ast"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/amqpgen/amqpgen/emit/plan"
)

// Scope reads out of the chosen files what a plan must respect: the names
// that are taken, and the hooks that are there.
func (r *Runtime) Scope() plan.Runtime {
	rt := plan.Runtime{
		Reserved:     map[string]bool{},
		ChannelFuncs: map[string]bool{},
		ConnFuncs:    map[string]bool{},
		StartFuncs:   map[string]bool{},
	}
	for _, f := range r.files {
		for _, decl := range f.syntax.Decls {
			record(&rt, decl)
		}
		for _, spec := range f.syntax.Imports {
			rt.Reserved[path.Base(strings.Trim(spec.Path.Value, `"`))] = true
		}
	}
	return rt
}

// Needs yields the classes and methods that the chosen files ask for at their
// heads.
func (r *Runtime) Needs() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, f := range r.files {
			for _, feature := range slices.Concat(f.requires, f.keeps) {
				if !strings.HasPrefix(feature, "!") && !yield(feature) {
					return
				}
			}
		}
	}
}

// Mentions yields the identifiers in the chosen files, each as often as it is
// there. What the runtime needs of the emitted code is among them.
func (r *Runtime) Mentions() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, f := range r.files {
			for n := range ast.Preorder(f.syntax) {
				if id, ok := n.(*ast.Ident); ok && !yield(id.Name) {
					return
				}
			}
		}
	}
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
		case "handshake":
			rt.StartFuncs[d.Name.Name] = true
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
