package emit_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/emit"
	"github.com/amqpgen/amqpgen/emit/plan"
	"github.com/amqpgen/amqpgen/model"
	"github.com/amqpgen/amqpgen/specs"
)

// subsets are of bundled specifications: what is selected, which verbs of
// Channel that gives, among others, and which it does not.
var subsets = []struct{ spec, selected, verbs, without string }{
	{"0-8", "connection", "Publish Consume Get Handle", "DeclareQueue DeclareExchange SelectTx Recover RequestAccess QueueDeclare BasicRecover"},
	{"0-8", "queue", "DeclareQueue BindQueue PurgeQueue DeleteQueue QueueDeclareNoWait", "DeclareExchange UnbindQueue"},
	{"0-8", "queue.declare", "DeclareQueue", "BindQueue PurgeQueue DeleteQueue"},
	{"0-8", "exchange", "DeclareExchange DeleteExchange", "DeclareQueue"},
	{"0-8", "exchange.delete", "DeleteExchange", "DeclareExchange"},
	{"0-8", "basic", "Recover Publish", "DeclareQueue"},
	{"0-8", "access", "RequestAccess", "DeclareQueue"},
	{"0-8", "tx.select", "SelectTx CommitTx RollbackTx", ""},
	{"0-8", "tx.commit", "Publish", "SelectTx CommitTx RollbackTx"}, // what there is to commit begins with tx.select
	{"0-8", "file,stream", "Publish", "DeclareQueue"},
	{"0-8", "file.open", "Publish", ""},
	{"0-8", "queue.declare-ok,test.table", "Publish", "DeclareQueue QueueDeclare"},
	{"0-9", "message", "Publish", "DeclareQueue"},
	{"0-9-1", "basic.recover,queue.unbind", "Recover UnbindQueue", "BindQueue"},
	{"rabbitmq", "basic", "BasicNack", "SelectConfirm DeclareExchange"},
	{"rabbitmq", "confirm", "SelectConfirm PublishConfirm BasicNack", "DeclareExchange"},
	{"rabbitmq", "exchange.bind", "BindExchange", "DeclareExchange UnbindExchange"},
	{"rabbitmq", "exchange.unbind", "UnbindExchange", "BindExchange"},
	{"qpid-0-9", "basic.recover", "BasicRecover", "Recover"},
	{"qpid-0-9", "basic.recover-sync", "Recover", "BasicRecover"},
}

// load reads a bundled specification.
func load(t testing.TB, name string) *model.Spec {
	t.Helper()
	spec, err := specs.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// choose makes a subset of what a list with commas names.
func choose(t testing.TB, spec *model.Spec, names string) *model.Spec {
	t.Helper()
	body := spec.Body.(*model.Classic)
	var s model.Selection
	for name := range strings.SplitSeq(names, ",") {
		cl, m := body.Class(name), body.Method(name)
		switch {
		case cl != nil:
			s.Classes = append(s.Classes, cl)
		case m != nil:
			s.Methods = append(s.Methods, m)
		default:
			t.Fatalf("AMQP %s has no %s", spec.Ident, name)
		}
	}
	subset, err := emit.Select(spec, s)
	if err != nil {
		t.Fatal(err)
	}
	return subset
}

// TestSubsetsCompile builds and vets subsets in a module of their own, and
// holds that each has the calls that it is to have.
func TestSubsetsCompile(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.test/vendored\n\ngo 1.24\n")
	for i, s := range subsets {
		pkg := fmt.Sprintf("subset%d", i)
		files := generate(t, choose(t, load(t, s.spec), s.selected), emit.Options{Package: pkg})
		for name, text := range files {
			write(t, filepath.Join(dir, pkg, name), string(text))
		}
		have := declarations(t, files)
		for verb := range strings.FieldsSeq(s.verbs) {
			if have["Channel."+verb] == "" {
				t.Errorf("%s of %s: no %s", s.selected, s.spec, verb)
			}
		}
		for verb := range strings.FieldsSeq(s.without) {
			if have["Channel."+verb] != "" {
				t.Errorf("%s of %s has %s", s.selected, s.spec, verb)
			}
		}
	}
	goTool(t, dir, "vet", "./...")
}

// TestEachMethodHasItsVerb holds for each method of which the runtime takes
// options that selecting it gives the verb that takes them.
func TestEachMethodHasItsVerb(t *testing.T) {
	for _, name := range []string{"0-8", "rabbitmq"} {
		spec := load(t, name)
		whole, err := plan.New(spec, "amqp", plan.Runtime{})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range whole.Options {
			have := declarations(t, generate(t, choose(t, spec, o.Method.Wire), emit.Options{Package: "amqp"}))
			for verb := range strings.SplitSeq(o.Verbs, " and ") {
				if have[verb] == "" || have[o.Name] == "" {
					t.Errorf("%s of %s: no %s with %s", o.Method.Wire, name, verb, o.Name)
				}
			}
		}
	}
}

// lists are the declarations that lead to each method or class, and so are
// shorter in a subset.
var lists = []string{
	"methodName", "NewMethod", "newReceived", "className", "newProperties", "hasContent",
	"methodKey.answers", "Channel.dispatch", "Connection.dispatch", "handshake.dispatch",
}

// TestSubsetsRenameNothing holds that each declaration of a subset is, comment
// included, that of the whole package.
func TestSubsetsRenameNothing(t *testing.T) {
	for _, s := range subsets {
		spec := load(t, s.spec)
		whole := declarations(t, generate(t, spec, emit.Options{Package: "amqp"}))
		part := declarations(t, generate(t, choose(t, spec, s.selected), emit.Options{Package: "amqp"}))
		for name, text := range part {
			if text != whole[name] && !slices.Contains(lists, name) {
				t.Errorf("%s of %s: %s is\n%s\nand in the whole package\n%s", s.selected, s.spec, name, text, whole[name])
			}
		}
		if len(part) < len(whole)/4 || len(part) >= len(whole) {
			t.Errorf("%s of %s: %d of %d declarations", s.selected, s.spec, len(part), len(whole))
		}
	}
}

// TestRandomSubsets generates subsets of anything and checks their types. What
// each holds beyond what was selected is needed.
func TestRandomSubsets(t *testing.T) {
	names := []string{"0-8", "0-9", "0-9-1", "rabbitmq-0-8", "rabbitmq", "qpid-0-9"}
	check := typeChecker(t)
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 0))
		spec := load(t, names[seed%uint64(len(names))])
		selected := anything(r, spec.Body.(*model.Classic))
		subset := choose(t, spec, strings.Join(selected, ","))
		if err := check(generate(t, subset, emit.Options{Package: "amqp"})); err != nil {
			t.Errorf("%v of %s: %v", selected, spec.Ident, err)
		}
		beyond := unselected(subset, selected)
		if len(beyond) == 0 {
			continue
		}
		if m := beyond[r.IntN(len(beyond))]; compilesWithout(subset, m) {
			t.Errorf("%v of %s: %s is kept, and nothing needs it", selected, spec.Ident, m.FullName())
		}
	}
}

// unselected lists the methods of a subset that were not selected, without the
// replies, and the classes that are always whole.
func unselected(subset *model.Spec, selected []string) []*model.Method {
	replies := map[*model.Method]bool{}
	methods := methodsOf(subset)
	for _, m := range methods {
		for _, r := range m.Replies {
			replies[r] = true
		}
	}
	return slices.DeleteFunc(methods, func(m *model.Method) bool {
		name := m.Class.Name
		return replies[m] || name == "connection" || name == "channel" ||
			slices.Contains(selected, m.FullName()) || slices.Contains(selected, name)
	})
}

// compilesWithout takes one more method out of a subset.
func compilesWithout(subset *model.Spec, method *model.Method) bool {
	rest := slices.DeleteFunc(methodsOf(subset), func(m *model.Method) bool { return m == method })
	less := *subset
	less.Body = subset.Body.(*model.Classic).Subset(model.Selection{Methods: rest})
	_, err := emit.Generate(&less, emit.Options{Package: "amqp"})
	return err == nil
}

// anything selects up to two classes and four methods.
func anything(r *rand.Rand, body *model.Classic) []string {
	var out []string
	for range r.IntN(3) {
		out = append(out, body.Classes[r.IntN(len(body.Classes))].Name)
	}
	for range 1 + r.IntN(4) {
		cl := body.Classes[r.IntN(len(body.Classes))]
		out = append(out, cl.Methods[r.IntN(len(cl.Methods))].FullName())
	}
	return out
}

// methodsOf lists the methods of a specification.
func methodsOf(spec *model.Spec) []*model.Method {
	var out []*model.Method
	for _, cl := range spec.Body.(*model.Classic).Classes {
		out = append(out, cl.Methods...)
	}
	return out
}
