package emit_test

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"strings"
	"testing"
)

// TestExportedIsDocumented holds that each exported symbol of the output has
// a comment, and that those of types and functions begin with the name. What
// comes from the specification has one for each field too.
func TestExportedIsDocumented(t *testing.T) {
	for name, text := range amqp08(t) {
		fset := token.NewFileSet()
		file, err := goparser.ParseFile(fset, name, text, goparser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if name == "doc.go" && file.Doc == nil {
			t.Error("the package has no comment")
		}
		missing := func(id *ast.Ident) { t.Errorf("%s: %s has no comment", fset.Position(id.Pos()), id.Name) }
		for _, decl := range file.Decls {
			undocumented(decl, missing)
		}
		if strings.HasPrefix(name, "spec_") {
			undocumentedFields(file, missing)
		}
	}
}

// wellKnown are methods that everybody knows from the standard library.
var wellKnown = map[string]bool{"Error": true, "Unwrap": true, "Is": true}

func undocumented(decl ast.Decl, missing func(*ast.Ident)) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && exportedReceiver(d) && !wellKnown[d.Name.Name] && !begins(d.Doc, d.Name.Name) {
			missing(d.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			undocumentedSpec(spec, d, missing)
		}
	}
}

func undocumentedSpec(spec ast.Spec, d *ast.GenDecl, missing func(*ast.Ident)) {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() && !begins(s.Doc, s.Name.Name) && !begins(d.Doc, s.Name.Name) {
			missing(s.Name)
		}
	case *ast.ValueSpec:
		for _, id := range s.Names {
			if id.IsExported() && s.Doc == nil && s.Comment == nil && d.Doc == nil {
				missing(id)
			}
		}
	}
}

func undocumentedFields(file *ast.File, missing func(*ast.Ident)) {
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.StructType)
		if !ok {
			return true
		}
		for _, f := range s.Fields.List {
			for _, id := range f.Names {
				if id.IsExported() && f.Doc == nil && f.Comment == nil {
					missing(id)
				}
			}
		}
		return true
	})
}

// exportedReceiver accepts functions, and methods of exported types.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if index, ok := typ.(*ast.IndexExpr); ok {
		typ = index.X
	}
	id, ok := typ.(*ast.Ident)
	return ok && id.IsExported()
}

// begins reports whether a comment begins with a name, after an article.
func begins(doc *ast.CommentGroup, name string) bool {
	text := doc.Text()
	for _, article := range []string{"A ", "An ", "The "} {
		text = strings.TrimPrefix(text, article)
	}
	rest, ok := strings.CutPrefix(text, name)
	return ok && (rest == "" || !strings.ContainsAny(rest[:1], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"))
}
