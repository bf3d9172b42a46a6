package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/amqpgen/amqpgen/emit"
	"github.com/amqpgen/amqpgen/model"
)

// selection is what the flags -classes and -methods name.
type selection struct {
	classes, methods []string
}

// addFlags adds the flags that make a subset.
func (s *selection) addFlags(set *flag.FlagSet) {
	set.Func("classes", "keep only these `classes`, such as queue,basic, with what -methods names and what both need", names(&s.classes))
	set.Func("methods", "keep only these `methods`, such as queue.declare,basic.get, with what -classes names and what both need", names(&s.methods))
}

// names makes a flag of a list with commas. It may come several times.
func names(to *[]string) func(string) error {
	return func(list string) error {
		for name := range strings.SplitSeq(list, ",") {
			if strings.TrimSpace(name) == "" {
				return errors.New("a name is missing")
			}
			class, method, dotted := strings.Cut(name, ".")
			name = model.Normalize(class)
			if dotted {
				name += "." + model.Normalize(method)
			}
			*to = append(*to, name)
		}
		return nil
	}
}

// flags is the selection as a command line has it.
func (s *selection) flags() string {
	out := ""
	if len(s.classes) > 0 {
		out += " -classes " + quote(strings.Join(s.classes, ","))
	}
	if len(s.methods) > 0 {
		out += " -methods " + quote(strings.Join(s.methods, ","))
	}
	return out
}

// apply makes the subset that is selected; all if nothing is.
func (s *selection) apply(spec *model.Spec) (*model.Spec, error) {
	body, ok := spec.Body.(*model.Classic)
	if !ok || len(s.classes)+len(s.methods) == 0 {
		return spec, nil
	}
	var out model.Selection
	for _, name := range s.classes {
		cl := body.Class(name)
		if cl == nil {
			return nil, noClass(spec, body, name)
		}
		out.Classes = append(out.Classes, cl)
	}
	for _, name := range s.methods {
		m := body.Method(name)
		if m == nil {
			return nil, noMethod(spec, body, name)
		}
		out.Methods = append(out.Methods, m)
	}
	return emit.Select(spec, out)
}

// noClass is the error for a class that there is not.
func noClass(spec *model.Spec, body *model.Classic, name string) error {
	if body.Method(name) != nil {
		return usagef("-classes: %s is a method; name it with -methods", name)
	}
	var known []string
	for _, cl := range body.Classes {
		known = append(known, cl.Name)
	}
	return usagef("-classes: AMQP %s has no class %q; %s", spec.Ident, name, hint(name, known, "there are: "+strings.Join(known, ", ")))
}

// noMethod is the same for a method.
func noMethod(spec *model.Spec, body *model.Classic, name string) error {
	if body.Class(name) != nil {
		return usagef("-methods: %s is a class; name it with -classes", name)
	}
	var known []string
	for _, cl := range body.Classes {
		for _, m := range cl.Methods {
			known = append(known, m.FullName())
		}
	}
	return usagef("-methods: AMQP %s has no method %q; %s", spec.Ident, name, hint(name, known, "amqpgen list has the methods"))
}

// sayNeeds tells what a subset holds beyond what was selected.
func sayNeeds(w io.Writer, spec *model.Spec) {
	if spec.Part != nil && len(spec.Part.Needs) > 0 {
		fmt.Fprintf(w, "amqpgen: also kept: %s\n", spec.Part.Beyond())
	}
}
