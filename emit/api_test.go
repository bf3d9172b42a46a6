package emit_test

import (
	"fmt"
	"go/ast"
	"go/importer"
	goparser "go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/emit"
	"github.com/amqpgen/amqpgen/specs"
)

// TestAPI holds the exported API of each bundled specification's package, so
// that a change that loses an identifier is noticed.
func TestAPI(t *testing.T) {
	packages := map[string]emit.Files{}
	for _, entry := range specs.Bundled {
		spec, err := specs.Load(entry.Name)
		if err != nil {
			t.Fatal(err)
		}
		packages[entry.Name] = generate(t, spec, emit.Options{Package: "amqp"})
	}
	fset := token.NewFileSet()
	std := standardLibrary(t, fset, packages)
	for name, files := range packages {
		t.Run(name, func(t *testing.T) {
			got := api(typeCheck(t, fset, std, files))
			path := filepath.Join("testdata", "api", name+".txt")
			if *update {
				write(t, path, strings.Join(got, "\n")+"\n")
				return
			}
			compareAPI(t, path, got)
		})
	}
}

func compareAPI(t *testing.T, path string, got []string) {
	const mend = "go test ./emit -run TestAPI -update"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; make it with: %s", err, mend)
	}
	want := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	lost := slices.DeleteFunc(slices.Clone(want), func(s string) bool { return slices.Contains(got, s) })
	added := slices.DeleteFunc(slices.Clone(got), func(s string) bool { return slices.Contains(want, s) })
	if len(lost)+len(added) > 0 {
		t.Errorf("%s: the API is another\nlost:\n\t%s\nnew:\n\t%s\nif that is meant: %s",
			path, strings.Join(lost, "\n\t"), strings.Join(added, "\n\t"), mend)
	}
}

// standardLibrary imports what generated packages do, as the go tool has
// compiled it.
func standardLibrary(t *testing.T, fset *token.FileSet, packages map[string]emit.Files) types.Importer {
	t.Helper()
	imported := map[string]bool{}
	for _, files := range packages {
		for name, text := range files {
			for _, spec := range parseFile(t, token.NewFileSet(), name, text).Imports {
				imported[strings.Trim(spec.Path.Value, `"`)] = true
			}
		}
	}
	args := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}"}
	exports := map[string]string{}
	for line := range strings.Lines(goTool(t, ".", slices.AppendSeq(args, maps.Keys(imported))...)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		exports[path] = file
	}
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
}

func parseFile(t *testing.T, fset *token.FileSet, name string, text []byte) *ast.File {
	t.Helper()
	file, err := goparser.ParseFile(fset, name, text, goparser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func typeCheck(t *testing.T, fset *token.FileSet, std types.Importer, files emit.Files) *types.Package {
	t.Helper()
	var parsed []*ast.File
	for _, name := range files.Names() {
		parsed = append(parsed, parseFile(t, fset, name, files[name]))
	}
	pkg, err := (&types.Config{Importer: std}).Check("amqp", fset, parsed, nil)
	if err != nil {
		t.Fatal(err)
	}
	return pkg
}

// api lists what is exported, a line each: constants with their values, types
// and their fields and methods, functions and variables.
func api(pkg *types.Package) []string {
	var out []string
	for _, name := range pkg.Scope().Names() {
		obj := pkg.Scope().Lookup(name)
		if !obj.Exported() {
			continue
		}
		switch obj := obj.(type) {
		case *types.Const:
			out = append(out, fmt.Sprintf("const %s %s = %s", name, typeString(obj.Type()), obj.Val().ExactString()))
		case *types.TypeName:
			out = append(out, typeAPI(obj)...)
		default:
			out = append(out, types.ObjectString(obj, withoutPath))
		}
	}
	slices.Sort(out)
	return out
}

// typeAPI lists a type with what it has of its own, not by embedding.
func typeAPI(obj *types.TypeName) []string {
	if obj.IsAlias() {
		return []string{types.ObjectString(obj, withoutPath)}
	}
	named := obj.Type().(*types.Named)
	head, out := typeString(named.Underlying()), []string(nil)
	switch u := named.Underlying().(type) {
	case *types.Struct:
		head, out = "struct", fieldsAPI(obj.Name(), u)
	case *types.Interface:
		head, out = "interface", interfaceAPI(obj.Name(), u)
	}
	for m := range named.Methods() {
		if m.Exported() {
			out = append(out, types.ObjectString(m, withoutPath))
		}
	}
	return append(out, fmt.Sprintf("type %s %s", typeString(named), head))
}

func fieldsAPI(name string, s *types.Struct) []string {
	var out []string
	for f := range s.Fields() {
		switch {
		case f.Embedded():
			out = append(out, fmt.Sprintf("field %s embeds %s", name, typeString(f.Type())))
		case f.Exported():
			out = append(out, fmt.Sprintf("field %s.%s %s", name, f.Name(), typeString(f.Type())))
		}
	}
	return out
}

// interfaceAPI lists the methods that an interface asks for. One that is not
// exported closes it for other packages.
func interfaceAPI(name string, i *types.Interface) []string {
	var out []string
	for m := range i.Methods() {
		if m.Exported() {
			signature := strings.TrimPrefix(typeString(m.Type()), "func")
			out = append(out, fmt.Sprintf("method %s.%s%s", name, m.Name(), signature))
		} else {
			out = append(out, fmt.Sprintf("closed %s", name))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func typeString(t types.Type) string { return types.TypeString(t, withoutPath) }

// withoutPath names other packages by their names, and our own not at all.
func withoutPath(pkg *types.Package) string {
	if pkg.Path() == "amqp" {
		return ""
	}
	return pkg.Name()
}
