package emit_test

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/amqpgen/amqpgen/"

// rule says what a folder may import of the module and of others, what of the
// standard library it may not, and whether it may log.
type rule struct {
	may    []string
	never  []string
	client bool // may use the program's logger, and read the files that its URI names
}

var rules = map[string]rule{
	"model":              {never: []string{"encoding/xml", "go/", "os", "io/fs", "embed"}},
	"model/lint":         {may: []string{"model"}, never: []string{"encoding/xml", "go/", "os", "io/fs", "embed"}},
	"model/diff":         {may: []string{"model"}, never: []string{"encoding/xml", "go/", "os", "io/fs", "embed"}},
	"parser":             {may: []string{"model"}, never: []string{"go/", "io/fs"}},
	"specs":              {may: []string{"model", "parser"}, never: []string{"go/"}},
	"templates":          {never: []string{"go/"}},
	"emit":               {may: []string{"model", "emit/golang", "emit/plan", "emit/splice", "templates"}, never: []string{"encoding/xml"}},
	"emit/plan":          {may: []string{"model"}, never: []string{"encoding/xml", "go/"}},
	"emit/golang":        {may: []string{"model", "emit/plan", "github.com/dave/jennifer/jen"}, never: []string{"encoding/xml", "go/"}},
	"emit/splice":        {may: []string{"emit/plan"}, never: []string{"encoding/xml"}},
	"templates/client":   {never: []string{"go/", "reflect", "unsafe"}, client: true},
	"generated":          {},
	"generated/amqp08":   {never: []string{"go/", "reflect", "unsafe"}, client: true},
	"generated/rabbitmq": {never: []string{"go/", "reflect", "unsafe"}, client: true},
}

// sources parses the Go files of the module but its tests, by folder.
func sources(t *testing.T) map[string][]*ast.File {
	t.Helper()
	out := map[string][]*ast.File{}
	root := ".."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := goparser.ParseFile(token.NewFileSet(), path, nil, goparser.SkipObjectResolution)
		dir, _ := filepath.Rel(root, filepath.Dir(path))
		dir = filepath.ToSlash(dir)
		out[dir] = append(out[dir], file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func imports(files []*ast.File) []string {
	var out []string
	for _, f := range files {
		for _, spec := range f.Imports {
			if path, err := strconv.Unquote(spec.Path.Value); err == nil {
				out = append(out, path)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestImports(t *testing.T) {
	all := sources(t)
	for dir, r := range rules {
		for _, path := range imports(all[dir]) {
			ours, _ := strings.CutPrefix(path, module)
			switch {
			case standard(path):
				if slices.ContainsFunc(r.never, func(n string) bool { return path == n || strings.HasSuffix(n, "/") && strings.HasPrefix(path, n) }) {
					t.Errorf("%s imports %s", dir, path)
				}
			case !slices.Contains(r.may, ours):
				t.Errorf("%s imports %s", dir, path)
			}
		}
	}
	for dir, files := range all {
		top, _, _ := strings.Cut(dir, "/")
		if _, known := rules[dir]; !known && slices.Contains([]string{"generated", "model", "emit"}, top) {
			t.Errorf("%s has no rule", dir)
		}
		for _, path := range imports(files) {
			if strings.HasPrefix(path, module+"cmd/") {
				t.Errorf("%s imports the command %s", dir, path)
			}
		}
	}
}

// TestLibrariesKeepToThemselves holds that only the command touches the
// world: no files, no output, no end of the process, no panic. An error value
// of package os is no such touch; a client reads the certificates that its URI
// names.
func TestLibrariesKeepToThemselves(t *testing.T) {
	all := sources(t)
	for dir, r := range rules {
		for _, file := range all[dir] {
			for _, path := range imports([]*ast.File{file}) {
				if slices.Contains([]string{"os/exec", "log", "log/slog", "flag", "syscall"}, path) {
					t.Errorf("%s: package %s imports %s", dir, file.Name, path)
				}
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					if outspoken(n) {
						t.Errorf("%s: package %s panics or prints", dir, file.Name)
					}
				case *ast.SelectorExpr:
					if pkg, ok := n.X.(*ast.Ident); ok && pkg.Name == "os" && n.Sel.Name != "ErrDeadlineExceeded" && !(r.client && n.Sel.Name == "ReadFile") {
						t.Errorf("%s: package %s uses os.%s", dir, file.Name, n.Sel)
					}
				}
				return true
			})
		}
	}
}

func outspoken(call *ast.CallExpr) bool {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return slices.Contains([]string{"panic", "print", "println"}, f.Name)
	case *ast.SelectorExpr:
		pkg, ok := f.X.(*ast.Ident)
		return ok && pkg.Name == "fmt" && slices.Contains([]string{"Print", "Printf", "Println"}, f.Sel.Name)
	}
	return false
}
