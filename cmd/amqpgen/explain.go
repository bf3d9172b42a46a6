package main

import (
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/amqpgen/amqpgen/emit/plan"
	"github.com/amqpgen/amqpgen/model"
)

func runExplain(e *env, args []string) error {
	set := flag.NewFlagSet("explain", flag.ContinueOnError)
	load := referenceFlags(set)
	words, done, err := parseArgs(e, set, "explain -spec 0-8 basic.get", args, 1, 1)
	if done || err != nil {
		return err
	}
	ref, err := load()
	if err != nil {
		return err
	}
	x := &explainer{reference: ref}
	x.explain(model.Normalize(words[0]))
	if x.Len() == 0 {
		return usagef("explain: nothing in AMQP %s is called %q; %s", ref.spec.Ident, words[0], ref.suggest(model.Normalize(words[0])))
	}
	_, err = io.WriteString(e.stdout, x.String())
	return err
}

// explainer writes about things of a specification.
type explainer struct {
	*reference
	strings.Builder
}

// explain writes about all that has the name.
func (x *explainer) explain(name string) {
	if m := x.Method(name); m != nil {
		x.method(m)
	}
	for i, cl := range x.Classes {
		if cl.Name == name {
			x.class(cl, x.pkg.Classes[i])
		}
	}
	for _, c := range x.spec.Constants {
		if c.Name == name {
			x.constant(c)
		}
	}
	for _, d := range x.Domains {
		if d.Name == name {
			x.domain(d)
		}
	}
}

// title begins an explanation: what it is, and what the specification says.
func (x *explainer) title(doc, format string, args ...any) {
	if x.Len() > 0 {
		x.WriteString("\n")
	}
	fmt.Fprintf(x, format+"\n", args...)
	x.doc("", doc)
}

// doc writes documentation, if there is any.
func (x *explainer) doc(indent, text string) {
	lines := plan.Wrap(text)
	if len(lines) > 0 && indent == "" {
		x.WriteString("\n")
	}
	for _, line := range lines {
		x.WriteString(strings.TrimRight(indent+line, " ") + "\n")
	}
}

func (x *explainer) heading(format string, args ...any) {
	fmt.Fprintf(x, "\n"+format+":\n", args...)
}

func (x *explainer) method(m *model.Method) {
	planned := x.reference.method(m)
	x.title(m.Doc, "%s, method %d.%d: %s", m.FullName(), m.Class.Index, m.Index, dialogue(m))
	x.fields("Fields", m.Fields)
	x.heading("Payload of the method frame")
	x.rows(payload(m))
	if m.Content {
		fmt.Fprintf(x, "A content header and body follow; amqpgen explain %s has their layout.\n", m.Class.Name)
	}
	x.heading("Go")
	fmt.Fprintf(x, "  type %s struct\n", planned.Name)
	for _, line := range x.signatures(m) {
		fmt.Fprintf(x, "  %s\n", line)
	}
}

// dialogue says who sends a method, and what answers it.
func dialogue(m *model.Method) string {
	text := "from the server to the client"
	if m.FromClient() && m.FromServer() {
		text = "either way"
	} else if m.FromClient() {
		text = "from the client to the server"
	}
	if m.Content {
		text += ", with content"
	}
	for i, r := range m.Replies {
		text += []string{", answered by ", " or "}[min(i, 1)] + r.Name
		if r.Content {
			text += " with content"
		}
	}
	return text
}

func (x *explainer) fields(heading string, fields []*model.Field) {
	if len(fields) == 0 {
		return
	}
	x.heading("%s", heading)
	for _, f := range fields {
		fmt.Fprintf(x, "  %s  %s, in Go %s %s\n", f.Name, typeOf(f), plan.GoName(f.Name), plan.GoType(f))
		x.doc("      ", f.Doc)
		x.asserts("      ", f.Asserts)
	}
}

// typeOf gives a field's elementary type, and its domain where that says more.
func typeOf(f *model.Field) string {
	if f.Domain == nil || f.Domain.Name == f.Type.String() {
		return f.Type.String()
	}
	return f.Type.String() + " (" + f.Domain.Name + ")"
}

// asserts writes the constraints that nothing enforces.
func (x *explainer) asserts(indent string, asserts []model.Assert) {
	for _, a := range asserts {
		text := a.Check
		for _, part := range []string{a.Value, a.Rule, strings.Trim(a.Method+"."+a.Field, "."), strings.Join(a.Values, " ")} {
			if part != "" {
				text += " " + part
			}
		}
		x.doc(indent, "The specification asserts, and nothing enforces: "+text)
	}
}

func (x *explainer) class(cl *model.Class, planned *plan.Class) {
	x.title(cl.Doc, "%s, class %d", cl.Name, cl.Index)
	x.heading("Methods")
	_ = x.table(x, "  ", cl.Methods) // a Builder takes all
	if planned.Properties != nil {
		x.fields("Properties of its content", cl.Properties)
		x.heading("Payload of the content header frame")
		x.rows(header(cl))
		x.WriteString("The body follows in frames of its own, as many as it needs.\n")
	}
	x.heading("Go, in %s", planned.File)
	fmt.Fprintf(x, "  const %s = %d\n", planned.Const, cl.Index)
	if planned.Properties != nil {
		fmt.Fprintf(x, "  type %s struct\n", planned.Properties.Name)
	}
	if !cl.Spoken {
		x.WriteString("  no methods of Channel: nothing marks the class as spoken, so its requests go through Call\n")
	}
}

func (x *explainer) constant(c *model.Constant) {
	kind, list, typ := "a number of framing", x.pkg.Frames, ""
	if c.IsReplyCode() {
		kind, list, typ = "a reply code", x.pkg.Replies, " ReplyCode"
	}
	switch c.Class {
	case "soft-error":
		kind = "a reply code, as a soft error the end of a channel"
	case "hard-error":
		kind = "a reply code, as a hard error the end of the connection"
	}
	x.title(c.Doc, "%s, constant %d: %s", c.Name, c.Value, kind)
	for _, planned := range list {
		if planned.Wire == c.Name {
			x.heading("Go")
			fmt.Fprintf(x, "  const %s%s = %d\n", planned.Name, typ, c.Value)
		}
	}
}

func (x *explainer) domain(d *model.Domain) {
	octets := "in an octet with its neighbours"
	if d.Type != model.Bit {
		octets = size(d.Type) + " octets"
	}
	x.title(d.Doc, "%s, domain: a %s, %s", d.Name, d.Type, octets)
	x.asserts("", d.Asserts)
	x.heading("Go")
	fmt.Fprintf(x, "  %s\n", plan.GoType(&model.Field{Domain: d, Type: d.Type}))
	if uses := x.uses(d); len(uses) > 0 {
		x.heading("Fields and properties of this domain")
		for _, name := range uses {
			fmt.Fprintf(x, "  %s\n", name)
		}
	}
}

// uses lists what has the domain, by dotted names.
func (r *reference) uses(d *model.Domain) []string {
	var out []string
	add := func(owner string, fields []*model.Field) {
		for _, f := range fields {
			if f.Domain == d {
				out = append(out, owner+"."+f.Name)
			}
		}
	}
	for _, cl := range r.Classes {
		add(cl.Name, cl.Properties)
		for _, m := range cl.Methods {
			add(m.FullName(), m.Fields)
		}
	}
	return out
}
