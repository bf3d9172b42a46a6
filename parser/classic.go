package parser

import (
	"encoding/hex"
	"strings"

	"github.com/amqpgen/amqpgen/model"
)

// builder turns trees into models and collects findings.
type builder struct {
	diags *model.Diags
}

// isSpec checks that the root element is that of the class and method family.
func (b *builder) isSpec(root *node) bool {
	if root.name != "amqp" {
		b.diags.Addf(root.pos, "the root element is <%s>; a specification of the 0-8 family has <amqp>", root.name)
		return false
	}
	if space := root.attr("xmlns"); space != nil {
		b.diags.Addf(space.pos, "a specification of the namespace %s is of another family, such as AMQP 0-10 or 1.0; amqpgen reads the family of 0-8", space.value)
		return false
	}
	return true
}

// identOf reads the version ahead of the rest; what is wrong with it is found
// when the root element is read.
func (b *builder) identOf(root *node) model.Ident {
	c := &claim{node: root, diags: new(model.Diags)}
	return c.ident()
}

// spec reads the root element.
func (b *builder) spec(root *node) *model.Spec {
	c := b.claim(root)
	body := &model.Classic{}
	spec := &model.Spec{File: root.pos.File, Pos: root.pos, Body: body}
	spec.Ident = c.ident()
	spec.Port = c.optionalNumber("port", 0, 0, 65535)
	c.find("comment")
	c.each("constant", func(n *node) { spec.Constants = append(spec.Constants, b.constant(n)) })
	c.each("domain", func(n *node) { body.Domains = append(body.Domains, b.domain(n)) })
	c.each("class", func(n *node) { body.Classes = append(body.Classes, b.class(n)) })
	c.each("protocol", func(n *node) { spec.Header = b.protocol(n) })
	c.each("capability", func(n *node) { spec.Capabilities = append(spec.Capabilities, b.capability(n)) })
	spec.Doc = b.docs(c)
	c.close()
	if len(body.Classes) == 0 && len(*b.diags) == 0 {
		c.addf(root.pos, "the specification has no <class>")
	}
	b.constants(spec)
	return spec
}

// ident reads the version attributes of a root element. Qpid's file of 0-9-1
// calls itself 0, 91.
func (c *claim) ident() model.Ident {
	id := model.Ident{
		Major:    c.number("major", 0, 255),
		Minor:    c.number("minor", 0, 255),
		Revision: c.optionalNumber("revision", 0, 0, 255),
	}
	if id.Major == 0 && id.Minor > 10 && id.Revision == 0 {
		id.Minor, id.Revision = id.Minor/10, id.Minor%10
	}
	return id
}

// protocol reads the header that a client sends first, which no published
// specification gives.
func (b *builder) protocol(n *node) []byte {
	c := b.claim(n)
	value, pos := c.required("header")
	header, err := hex.DecodeString(value)
	if c.find("header") != nil && (err != nil || len(header) != 8) {
		c.addf(pos, "the protocol header is %q; it is 16 hexadecimal digits", value)
	}
	c.close()
	return header
}

// capability reads what a client claims in connection.start-ok. Its names have
// dots and underscores, and stay as they are.
func (b *builder) capability(n *node) string {
	c := b.claim(n)
	name, pos := c.required("name")
	if c.find("name") != nil && !isName(capabilityMarks.Replace(name)) {
		c.addf(pos, "<capability>: name %q is no name: small letters, digits, dots, hyphens and underscores, a letter first", name)
	}
	c.close()
	return name
}

var capabilityMarks = strings.NewReplacer(".", "-", "_", "-")

// constants checks that no constant comes twice, and that reply codes fit the
// wire and mean one thing each.
func (b *builder) constants(spec *model.Spec) {
	seen := map[string]model.Pos{}
	codes := map[int]*model.Constant{}
	for _, c := range spec.Constants {
		if first, ok := seen[c.Name]; ok && c.Name != "" {
			b.diags.Addf(c.Pos, "constant %s is declared twice, first at %s", c.Name, first)
			continue
		}
		seen[c.Name] = c.Pos
		if !c.IsReplyCode() || c.Value == noNumber {
			continue
		}
		if c.Value > 65535 {
			b.diags.Addf(c.Pos, "constant %s is a reply code of %d; at most 65535 fits", c.Name, c.Value)
		}
		if first := codes[c.Value]; first != nil {
			b.diags.Addf(c.Pos, "constant %s is the reply code %d, and so is %s at %s", c.Name, c.Value, first.Name, first.Pos)
			continue
		}
		codes[c.Value] = c
	}
}

func (b *builder) constant(n *node) *model.Constant {
	c := b.claim(n)
	k := &model.Constant{
		Name:  c.nameAttr("name"),
		Value: c.number("value", 0, 1<<31-1),
		Class: c.oneOf("class", "soft-error", "hard-error"),
		Doc:   b.docs(c),
		Pos:   n.pos,
	}
	c.close()
	return k
}

func (b *builder) domain(n *node) *model.Domain {
	c := b.claim(n)
	d := &model.Domain{
		Name:     c.nameAttr("name"),
		TypeName: c.nameAttr("type"),
		Asserts:  b.asserts(c),
		Doc:      b.docs(c),
		Pos:      n.pos,
	}
	c.close()
	return d
}

func (b *builder) class(n *node) *model.Class {
	c := b.claim(n)
	cl := &model.Class{
		Name:    c.nameAttr("name"),
		Index:   c.number("index", 0, 65535),
		Handler: c.optional("handler"),
		Chassis: b.chassis(c),
		Spoken:  c.flag("spoken"),
		Pos:     n.pos,
	}
	c.each("field", func(n *node) { cl.Properties = append(cl.Properties, b.field(n)) })
	c.each("method", func(n *node) { cl.Methods = append(cl.Methods, b.method(cl, n)) })
	cl.Doc = b.docs(c)
	c.close()
	return cl
}

func (b *builder) method(cl *model.Class, n *node) *model.Method {
	c := b.claim(n)
	m := &model.Method{
		Class:       cl,
		Name:        c.nameAttr("name"),
		Index:       c.number("index", 0, 65535),
		Synchronous: c.flag("synchronous"),
		Content:     c.flag("content"),
		Deprecated:  c.flag("deprecated"),
		Runtime:     c.flag("runtime"),
		Chassis:     b.chassis(c),
		Pos:         n.pos,
	}
	c.each("response", func(n *node) { m.ReplyNames = append(m.ReplyNames, b.response(n)) })
	c.each("field", func(n *node) { m.Fields = append(m.Fields, b.field(n)) })
	m.Doc = b.docs(c)
	c.close()
	if !c.has("chassis") {
		c.addf(n.pos, "<method> has no <chassis>, so nobody may send it")
	}
	return m
}

func (b *builder) response(n *node) model.Ref {
	c := b.claim(n)
	ref := model.Ref{Name: c.nameAttr("name"), Pos: n.pos}
	c.close()
	return ref
}

// chassis gathers the <chassis> children of a class or method.
func (b *builder) chassis(c *claim) model.Chassis {
	var out model.Chassis
	c.each("chassis", func(n *node) {
		ch := b.claim(n)
		who := ch.oneOf("name", "server", "client")
		must := ch.oneOf("implement", "MUST", "SHOULD", "MAY")
		if ch.find("name") == nil || ch.find("implement") == nil {
			ch.addf(n.pos, "<chassis> has a name, server or client, and an implement, MUST, SHOULD or MAY")
		}
		peer := &out.Client
		if who == "server" {
			peer = &out.Server
		}
		if *peer != "" && who != "" {
			ch.addf(n.pos, "<%s> has a <chassis> of the %s already", c.node.name, who)
		}
		*peer = must
		ch.close()
	})
	return out
}

func (b *builder) field(n *node) *model.Field {
	c := b.claim(n)
	f := &model.Field{
		Name:     c.nameAttr("name"),
		Reserved: c.flag("reserved"),
		Secret:   c.flag("secret"),
		Asserts:  b.asserts(c),
		Pos:      n.pos,
	}
	f.TypeName, f.ByDomain = b.fieldType(c)
	c.each("see", func(n *node) { b.aside(n, "name") })
	c.each("test", func(n *node) { b.aside(n) })
	f.Doc = b.docs(c)
	c.close()
	return f
}

// fieldType reads type or domain; a field has exactly one of them.
func (b *builder) fieldType(c *claim) (name string, isDomain bool) {
	byType, byDomain := c.find("type"), c.find("domain")
	switch {
	case byType != nil && byDomain != nil:
		c.addf(byDomain.pos, "<field> has both a type and a domain")
		return "", false
	case byType != nil:
		return c.nameAttr("type"), false
	case byDomain != nil:
		return c.nameAttr("domain"), true
	}
	c.addf(c.pos, "<field> has neither a type nor a domain")
	return "", false
}

func (b *builder) asserts(c *claim) []model.Assert {
	var out []model.Assert
	c.each("assert", func(n *node) {
		a := b.claim(n)
		as := model.Assert{
			Check:  a.nameAttr("check"),
			Value:  a.optional("value"),
			Rule:   a.optional("rule"),
			Method: model.Normalize(a.optional("method")),
			Field:  model.Normalize(a.optional("field")),
		}
		a.each("value", func(n *node) {
			v := b.claim(n)
			as.Values = append(as.Values, v.nameAttr("name"))
			v.close()
		})
		b.docs(a)
		a.close()
		out = append(out, as)
	})
	return out
}

// docs gathers what documents an element, a paragraph each: its <doc>
// children, then those of its <rule> children. Labels are claimed and left
// out, since the name says as much; so are scenarios, grammars and tests.
func (b *builder) docs(c *claim) string {
	c.optional("label")
	c.bareText()
	var paragraphs []string
	add := func(n *node) {
		d := b.claim(n)
		d.optional("name")
		d.optional("test")
		d.optional("label")
		kind := d.optional("type")
		text := d.bareText()
		d.close()
		if text != "" && kind == "" {
			paragraphs = append(paragraphs, text)
		}
	}
	c.each("doc", add)
	c.each("rule", func(n *node) {
		r := b.claim(n)
		for _, a := range []string{"implement", "name", "on-failure", "label"} {
			r.optional(a)
		}
		r.bareText()
		r.each("doc", add)
		r.each("test", func(n *node) { b.aside(n) })
		r.close()
	})
	c.each("codegen", func(n *node) { b.aside(n, "value") })
	return strings.Join(paragraphs, "\n\n")
}

// aside claims an element that says nothing a model holds.
func (b *builder) aside(n *node, attributes ...string) {
	c := b.claim(n)
	for _, a := range attributes {
		c.optional(a)
	}
	c.bareText()
	c.each("doc", func(n *node) { b.aside(n, "name", "test", "type", "label") })
	c.close()
}
