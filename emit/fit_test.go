package emit

import (
	"testing"

	"github.com/amqpgen/amqpgen/emit/plan"
	"github.com/amqpgen/amqpgen/model"
)

// TestFitTakesImportsAsRight holds that nothing which comes of an import is a
// finding, whatever the package is called.
func TestFitTakesImportsAsRight(t *testing.T) {
	pkg := &plan.Package{Name: "p", Spec: &model.Spec{Body: &model.Classic{}}}
	for code, want := range map[string]string{
		`import "math/rand/v2"; var x = rand.N(3)`:         "",
		`import r "math/rand/v2"; var x = r.N(3)`:          "",
		`import "sync/atomic"; var x atomic.Pointer[int]`:  "",
		`import "context"; var x context.Context = absent`: ":0:0: the specification lacks what the client's runtime needs: absent",
		`import "context"; var x int = "text"`:             `:0:0: the specification does not fit the client's runtime: x.go: cannot use "text" (untyped string constant) as int value in variable declaration`,
	} {
		err := fit(Files{"x.go": []byte("package p\n" + code)}, pkg)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", code, got, want)
		}
	}
}
