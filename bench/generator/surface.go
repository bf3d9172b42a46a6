package generator

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"strings"
)

const surfaceHead = `### What there is to read

Lines of code have more on them than a comment. Functions are all those with a body, methods among them. Exported are
constants, variables, types, functions, and the methods of exported types.

| package | files | lines | lines of code | functions | exported |
|---|---:|---:|---:|---:|---:|
`

func reportSurface(w io.Writer, _ string, _ int) error {
	fmt.Fprint(w, surfaceHead)
	for _, p := range packages {
		dir, err := goTool(nil, "list", "-f", "{{.Dir}}", p.path)
		if err != nil {
			return err
		}
		s, err := surfaceOf(strings.TrimSpace(dir))
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "| %s | %d | %d | %d | %d | %d |\n", p.name, s.files, s.lines, s.code, s.functions, s.exported)
	}
	fmt.Fprintln(w)
	return nil
}

// surface counts what a package has, tests left out.
type surface struct{ files, lines, code, functions, exported int }

func surfaceOf(dir string) (surface, error) {
	var s surface
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return s, err
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err == nil {
			err = s.add(text)
		}
		if err != nil {
			return s, err
		}
	}
	return s, nil
}

// add counts a file.
func (s *surface) add(text []byte) error {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	s.files++
	s.lines += strings.Count(string(text), "\n")
	s.code += linesOfCode(fset, file)
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		s.functions += count(ok && f.Body != nil)
		s.exported += exported(decl)
	}
	return nil
}

// linesOfCode counts the lines on which something begins or ends.
func linesOfCode(fset *token.FileSet, file *ast.File) int {
	lines := map[int]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if n != nil {
			lines[fset.Position(n.Pos()).Line] = true
			lines[fset.Position(n.End()-1).Line] = true
		}
		return true
	})
	return len(lines)
}

// exported counts the exported names that a declaration makes.
func exported(decl ast.Decl) int {
	if f, ok := decl.(*ast.FuncDecl); ok {
		return count(f.Name.IsExported() && (f.Recv == nil || onExported(f.Recv)))
	}
	n := 0
	for _, spec := range decl.(*ast.GenDecl).Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			n += count(s.Name.IsExported())
		case *ast.ValueSpec:
			for _, name := range s.Names {
				n += count(name.IsExported())
			}
		}
	}
	return n
}

// onExported reports whether the receiver's type is exported.
func onExported(receiver *ast.FieldList) bool {
	t := receiver.List[0].Type
	for {
		switch of := t.(type) {
		case *ast.StarExpr:
			t = of.X
		case *ast.IndexExpr:
			t = of.X
		case *ast.IndexListExpr:
			t = of.X
		case *ast.Ident:
			return of.IsExported()
		default:
			return false
		}
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
