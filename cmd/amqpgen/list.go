package main

import (
	"flag"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/amqpgen/amqpgen/emit/plan"
	"github.com/amqpgen/amqpgen/model"
)

// reference is a specification to look things up in, and its Go names.
type reference struct {
	*model.Classic
	spec *model.Spec
	pkg  *plan.Package
}

// referenceFlags adds the flags that say which specification to look into.
func referenceFlags(set *flag.FlagSet) (load func() (*reference, error)) {
	name := set.String("spec", "0-8", "the `specification`: a bundled name (amqpgen specs lists them) or an XML file")
	overlays := overlayFlag(set)
	return func() (*reference, error) { return loadReference(*name, *overlays) }
}

// overlayFlag adds the flag -overlay.
func overlayFlag(set *flag.FlagSet) *[]string {
	var overlays []string
	set.Func("overlay", "an overlay on the specification: a bundled `name` or an XML file; may come several times, and applies in order", func(name string) error {
		overlays = append(overlays, name)
		return nil
	})
	return &overlays
}

func loadReference(name string, overlays []string) (*reference, error) {
	spec, err := loadSpec(name, overlays, bundledFacts)
	if err != nil {
		return nil, err
	}
	return newReference(spec)
}

func newReference(spec *model.Spec) (*reference, error) {
	body, ok := spec.Body.(*model.Classic)
	if !ok {
		return nil, fmt.Errorf("AMQP %s is of a family without classes and methods", spec.Ident)
	}
	pkg, _ := plan.New(spec, "amqp", plan.Runtime{}) // what generate refuses can be looked up all the same
	return &reference{body, spec, pkg}, nil
}

// method finds the plan of a method.
func (r *reference) method(m *model.Method) *plan.Method {
	for _, cl := range r.pkg.Classes {
		for _, planned := range cl.Methods {
			if planned.Wire == m.FullName() {
				return planned
			}
		}
	}
	return nil
}

func runList(e *env, args []string) error {
	set := flag.NewFlagSet("list", flag.ContinueOnError)
	load := referenceFlags(set)
	var selected selection
	selected.addFlags(set)
	names, done, err := parseArgs(e, set, "list -spec 0-8 queue basic", args, 0, math.MaxInt)
	if done || err != nil {
		return err
	}
	ref, err := load()
	if err != nil {
		return err
	}
	if ref, err = ref.part(&selected); err != nil {
		return err
	}
	sayNeeds(e.stderr, ref.spec)
	classes, err := ref.choose(names)
	if err != nil {
		return err
	}
	var methods []*model.Method
	for _, cl := range classes {
		methods = append(methods, cl.Methods...)
	}
	return ref.table(e.stdout, "", methods)
}

// part is the reference to what is selected and what that needs.
func (r *reference) part(selected *selection) (*reference, error) {
	spec, err := selected.apply(r.spec)
	if err != nil {
		return nil, err
	}
	return newReference(spec)
}

// choose finds classes by their names; all of them for none.
func (r *reference) choose(names []string) ([]*model.Class, error) {
	if len(names) == 0 {
		return r.Classes, nil
	}
	of := "AMQP " + r.spec.Ident.String()
	if r.spec.Part != nil {
		of = "what is kept of " + of
	}
	var known []string
	for _, cl := range r.Classes {
		known = append(known, cl.Name)
	}
	var out []*model.Class
	for _, name := range names {
		cl := r.Class(model.Normalize(name))
		if cl == nil {
			return nil, usagef("list: %s has no class %q; there are: %s", of, name, strings.Join(known, ", "))
		}
		out = append(out, cl)
	}
	return out, nil
}

// table writes a line for each method, each of six words.
func (r *reference) table(w io.Writer, indent string, methods []*model.Method) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, m := range methods {
		content := "-"
		if m.Content {
			content = "content"
		}
		fmt.Fprintf(t, "%s%d.%d\t%s\t%s\t%s\t%s\t%s\n", indent, m.Class.Index, m.Index, m.FullName(), arrow(m), content, replies(m), r.method(m).Name)
	}
	return t.Flush()
}

// arrow draws a method's direction, the client to the left.
func arrow(m *model.Method) string {
	switch {
	case m.FromClient() && m.FromServer():
		return "C↔S"
	case m.FromClient():
		return "C→S"
	default:
		return "C←S"
	}
}

// replies lists the methods that may answer, or a dash.
func replies(m *model.Method) string {
	if len(m.Replies) == 0 {
		return "-"
	}
	var names []string
	for _, r := range m.Replies {
		names = append(names, r.Name)
	}
	return strings.Join(names, ",")
}
