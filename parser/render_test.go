package parser

import (
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/amqpgen/amqpgen/model"
)

// renderer writes a model as XML again, in one spelling and one order.
type renderer struct {
	out  strings.Builder
	docs bool // with the documentation
}

// render gives the canonical text of a specification, with what overlays
// brought to it.
func render(s *model.Spec, docs bool) string {
	r := &renderer{docs: docs}
	r.open("amqp", append(identity(s.Ident), "port", number(s.Port))...)
	r.doc(s.Doc)
	for _, c := range s.Constants {
		r.open("constant", "name", c.Name, "value", number(c.Value), "class", c.Class)
		r.doc(c.Doc)
		r.close("constant")
	}
	body := s.Body.(*model.Classic)
	for _, d := range body.Domains {
		r.open("domain", "name", d.Name, "type", d.TypeName)
		r.asserts(d.Asserts)
		r.doc(d.Doc)
		r.close("domain")
	}
	for _, cl := range body.Classes {
		r.class(cl)
	}
	if s.Header != nil {
		r.leaf("protocol", "header", fmt.Sprintf("%x", s.Header))
	}
	for _, name := range s.Capabilities {
		r.leaf("capability", "name", name)
	}
	r.close("amqp")
	return r.out.String()
}

func identity(id model.Ident) []string {
	return []string{"major", number(id.Major), "minor", number(id.Minor), "revision", number(id.Revision)}
}

func (r *renderer) class(cl *model.Class) {
	r.open("class", "name", cl.Name, "index", number(cl.Index), "handler", cl.Handler, "spoken", flag01(cl.Spoken))
	r.chassis(cl.Chassis)
	r.doc(cl.Doc)
	r.fields(cl.Properties)
	for _, m := range cl.Methods {
		r.open("method", "name", m.Name, "index", number(m.Index), "synchronous", flag01(m.Synchronous),
			"content", flag01(m.Content), "deprecated", flag01(m.Deprecated), "runtime", flag01(m.Runtime))
		r.chassis(m.Chassis)
		r.doc(m.Doc)
		for _, ref := range m.ReplyNames {
			r.leaf("response", "name", ref.Name)
		}
		r.fields(m.Fields)
		r.close("method")
	}
	r.close("class")
}

func (r *renderer) fields(fields []*model.Field) {
	for _, f := range fields {
		by := "type"
		if f.ByDomain {
			by = "domain"
		}
		r.open("field", "name", f.Name, by, f.TypeName, "reserved", flag01(f.Reserved), "secret", flag01(f.Secret))
		r.asserts(f.Asserts)
		r.doc(f.Doc)
		r.close("field")
	}
}

func (r *renderer) chassis(ch model.Chassis) {
	for _, c := range [][2]string{{"server", ch.Server}, {"client", ch.Client}} {
		if c[1] != "" {
			r.leaf("chassis", "name", c[0], "implement", c[1])
		}
	}
}

func (r *renderer) asserts(asserts []model.Assert) {
	for _, a := range asserts {
		r.open("assert", "check", a.Check, "value", a.Value, "rule", a.Rule, "method", a.Method, "field", a.Field)
		for _, v := range a.Values {
			r.leaf("value", "name", v)
		}
		r.close("assert")
	}
}

func (r *renderer) doc(text string) {
	if text == "" || !r.docs {
		return
	}
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		r.out.WriteString("<doc>" + escape(paragraph) + "</doc>\n")
	}
}

// open writes a start tag; attributes without a value are left out.
func (r *renderer) open(name string, attributes ...string) {
	r.out.WriteString("<" + name)
	for i := 0; i < len(attributes); i += 2 {
		if attributes[i+1] != "" {
			r.out.WriteString(" " + attributes[i] + `="` + escape(attributes[i+1]) + `"`)
		}
	}
	r.out.WriteString(">\n")
}

func (r *renderer) close(name string) { r.out.WriteString("</" + name + ">\n") }

func (r *renderer) leaf(name string, attributes ...string) {
	r.open(name, attributes...)
	r.close(name)
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder takes everything
	return b.String()
}

func number(n int) string { return fmt.Sprint(n) }

func flag01(set bool) string {
	if set {
		return "1"
	}
	return ""
}
