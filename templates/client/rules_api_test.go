package client

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// exported calls visit with each exported declaration of the package: functions,
// methods of exported types, types, and variables.
func exported(t *testing.T, visit func(name string, node ast.Node)) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.FileExports(parsed)
		for _, decl := range parsed.Decls {
			visitDecl(decl, visit)
		}
	}
}

func visitDecl(decl ast.Decl, visit func(name string, node ast.Node)) {
	if f, ok := decl.(*ast.FuncDecl); ok {
		visit(f.Name.Name, f.Type)
		return
	}
	for _, spec := range decl.(*ast.GenDecl).Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			visit(spec.Name.Name, spec.Type)
		case *ast.ValueSpec:
			if decl.(*ast.GenDecl).Tok == token.VAR {
				visit(spec.Names[0].Name, spec)
			}
		}
	}
}

// TestR8_NoGoChannelIsAskedFor: what hung, panicked or got lost did so in the Go
// channels that programs had to hand over. There are none but those which are
// closed at an end.
func TestR8_NoGoChannelIsAskedFor(t *testing.T) {
	seen := 0
	exported(t, func(name string, node ast.Node) {
		seen++
		ast.Inspect(node, func(n ast.Node) bool {
			if _, is := n.(*ast.ChanType); is && name != "Done" {
				t.Errorf("%s has a Go channel", name)
			}
			return true
		})
	})
	if seen < 200 {
		t.Errorf("only %d declarations", seen)
	}
}

// TestR8_ArgumentsHaveNames: nobody could read a call with five booleans in a row.
func TestR8_ArgumentsHaveNames(t *testing.T) {
	exported(t, func(name string, node ast.Node) {
		f, ok := node.(*ast.FuncType)
		if !ok {
			return
		}
		for _, param := range f.Params.List {
			if kind, ok := param.Type.(*ast.Ident); ok && kind.Name == "bool" {
				t.Errorf("%s takes a boolean", name)
			}
		}
	})
}

// TestR11_NoStateOfThePackage: a logger that belonged to the package was everybody's
// at once. No variable of the package is to be set.
func TestR11_NoStateOfThePackage(t *testing.T) {
	exported(t, func(name string, node ast.Node) {
		if _, is := node.(*ast.ValueSpec); is && !strings.HasPrefix(name, "Err") {
			t.Errorf("%s is a variable", name)
		}
	})
}

// TestR10_NilIsClosed closes what never came to be: programs crashed over a
// deferred Close when the error before it was what they should have seen.
func TestR10_NilIsClosed(t *testing.T) {
	var conn *Connection
	var ch *Channel
	var usage *UsageError
	for _, err := range []error{conn.Close(), ch.Close()} {
		if !errors.As(err, &usage) || sentOf(err) != NotSent {
			t.Errorf("%v", err)
		}
	}
}
