package emit

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"

	"github.com/amqpgen/amqpgen/emit/plan"
	"github.com/amqpgen/amqpgen/model"
)

// fit type-checks a package, so that no specification gives one that does not
// compile. The runtime names methods, fields and replies; a specification that
// lacks one, or has it otherwise, gets a finding at the nearest thing that it
// does have. No import is resolved: what comes of one is taken as right.
func fit(files Files, pkg *plan.Package) error {
	f := fitter{fset: token.NewFileSet(), pkg: pkg, places: places(pkg), lacks: map[place][]string{}}
	for _, name := range files.Names() {
		file, err := parser.ParseFile(f.fset, name, files[name], parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		nameVersioned(file.Imports)
		f.syntax = append(f.syntax, file)
	}
	check := types.Config{Error: f.misfit}
	check.Check(pkg.Name, f.fset, f.syntax, nil) // what it returns is the first that misfit got
	for where, names := range f.lacks {
		slices.Sort(names)
		f.diags.Addf(where.pos, "%s lacks what the client's runtime needs: %s", where.what, strings.Join(slices.Compact(names), ", "))
	}
	return f.diags.Err()
}

// nameVersioned gives imports such as math/rand/v2 their name, which the type
// checker cannot tell from the path.
func nameVersioned(imports []*ast.ImportSpec) {
	for _, spec := range imports {
		if m := versioned.FindStringSubmatch(spec.Path.Value); m != nil && spec.Name == nil {
			spec.Name = &ast.Ident{NamePos: spec.Path.Pos(), Name: m[1]}
		}
	}
}

var versioned = regexp.MustCompile(`(\w+)/v[0-9]+"$`)

type fitter struct {
	fset   *token.FileSet
	syntax []*ast.File
	pkg    *plan.Package
	places map[string]place   // by Go name
	lacks  map[place][]string // Go names that are not there
	diags  model.Diags
}

// place is something of the specification.
type place struct {
	pos  model.Pos
	what string
}

const unresolved = "could not import "

// missing recognises the errors about a name that is not there at all.
var missing = regexp.MustCompile(`^undefined: (\w+)$|^\w+\.(\w+) undefined \(type \*Channel `)

// misfit turns what the type checker says into a finding.
func (f *fitter) misfit(err error) {
	var e types.Error
	if !errors.As(err, &e) || strings.HasPrefix(e.Msg, unresolved) {
		return
	}
	if m := missing.FindStringSubmatch(e.Msg); m != nil {
		name := strings.TrimPrefix(m[1]+m[2], "key")
		where := f.class(name)
		f.lacks[where] = append(f.lacks[where], name)
		return
	}
	where := f.blame(e)
	f.diags.Addf(where.pos, "%s does not fit the client's runtime: %s: %s", where.what, f.fset.Position(e.Pos).Filename, e.Msg)
}

// places lists the methods and constants by the Go names that speak of them,
// such as BasicGet, keyBasicGet, BasicGetReply.
func places(pkg *plan.Package) map[string]place {
	out := map[string]place{}
	for _, cl := range pkg.Classes {
		for _, m := range cl.Methods {
			at := place{m.Pos, "method " + m.Wire}
			out[m.Name], out[m.Key] = at, at
			if m.Request != nil && m.Request.Union {
				out[m.Request.Reply] = at
			}
		}
	}
	for _, c := range pkg.Spec.Constants {
		at := place{c.Pos, "constant " + c.Name}
		out[plan.GoName(c.Name)], out["Reply"+plan.GoName(c.Name)] = at, at
	}
	return out
}

// blame finds what of the specification an error is about: what its text names
// comes first, then what the code around it does, from the inside out.
func (f *fitter) blame(e types.Error) place {
	for _, word := range strings.FieldsFunc(e.Msg, notOfName) {
		if at, ok := f.places[word]; ok {
			return at
		}
	}
	for _, node := range slices.Backward(f.around(e.Pos)) {
		if at, ok := f.within(node); ok {
			return at
		}
	}
	return f.class("")
}

// class finds the class whose Go name a name begins with; all of the
// specification if there is none.
func (f *fitter) class(name string) place {
	for _, cl := range f.pkg.Spec.Body.(*model.Classic).Classes {
		if strings.HasPrefix(name, plan.GoName(cl.Name)) {
			return place{cl.Pos, "class " + cl.Name}
		}
	}
	return place{f.pkg.Spec.Pos, "the specification"}
}

func notOfName(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
}

// around lists the nodes that hold a position, but for the file itself, from
// the outside in.
func (f *fitter) around(pos token.Pos) []ast.Node {
	var path []ast.Node
	for _, file := range f.syntax {
		ast.Inspect(file, func(n ast.Node) bool {
			if n == nil || pos < n.Pos() || pos >= n.End() {
				return n == ast.Node(file)
			}
			path = append(path, n)
			return true
		})
	}
	return path[min(1, len(path)):]
}

// within finds the first place that a piece of code names.
func (f *fitter) within(node ast.Node) (at place, found bool) {
	ast.Inspect(node, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && !found {
			at, found = f.places[id.Name]
		}
		return !found
	})
	return at, found
}
