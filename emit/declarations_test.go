package emit_test

import (
	"bytes"
	"go/ast"
	"go/importer"
	goparser "go/parser"
	"go/printer"
	"go/token"
	"go/types"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/emit"
)

// declarations prints all declarations of a package by name, those of methods
// behind their type's.
func declarations(t testing.TB, files emit.Files) map[string]string {
	t.Helper()
	out := map[string]string{}
	for file, text := range files {
		fset := token.NewFileSet()
		syntax, err := goparser.ParseFile(fset, file, text, goparser.ParseComments|goparser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range syntax.Decls {
			for name, node := range named(decl) {
				var b bytes.Buffer
				if err := printer.Fprint(&b, fset, &printer.CommentedNode{Node: node, Comments: syntax.Comments}); err != nil {
					t.Fatal(err)
				}
				out[name] = b.String()
			}
		}
	}
	return out
}

// named splits a declaration into what has a name.
func named(decl ast.Decl) map[string]ast.Node {
	out := map[string]ast.Node{}
	switch d := decl.(type) {
	case *ast.FuncDecl:
		name := d.Name.Name
		if d.Recv != nil {
			name = strings.TrimPrefix(types.ExprString(d.Recv.List[0].Type), "*") + "." + name
		}
		out[name] = d
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				out[s.Name.Name] = d
			case *ast.ValueSpec:
				out[s.Names[0].Name] = s
			}
		}
	}
	return out
}

// typeChecker returns a function that checks the types of a package. What the
// standard library exports it reads where the go tool keeps it.
func typeChecker(t *testing.T) func(emit.Files) error {
	t.Helper()
	exports := map[string]string{}
	out := goTool(t, ".", "list", "-export", "-f", "{{.ImportPath}} {{.Export}}", "-deps", "crypto/tls", "math/rand/v2", "net/url", "hash/maphash", "runtime/debug", "strconv", "iter")
	for line := range strings.Lines(out) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		exports[path] = file
	}
	fset := token.NewFileSet()
	config := types.Config{Importer: importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})}
	return func(files emit.Files) error {
		var syntax []*ast.File
		for _, name := range files.Names() {
			file, err := goparser.ParseFile(fset, name, files[name], goparser.SkipObjectResolution)
			if err != nil {
				return err
			}
			syntax = append(syntax, file)
		}
		_, err := config.Check("amqp", fset, syntax, nil)
		return err
	}
}
