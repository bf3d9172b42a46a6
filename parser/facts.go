package parser

import (
	"encoding/hex"

	"github.com/amqpgen/amqpgen/model"
)

// facts applies an overlay to an unresolved spec. An overlay is XML in the
// specification's own vocabulary with an <overlay> root of the same version;
// its classes, methods and fields name those of the spec and state what no
// published XML does:
//
//	<protocol header="…">        hex of what a client sends first
//	<class … spoken="1">         brokers implement the class
//	<method … runtime="1">       the client's runtime sends it, its user does not
//	<response name="…">          a reply that the spec leaves out
//	<field … secret="1">         never printed
//
// A name that the spec lacks, one that the overlay names twice, or a fact that
// the spec has already, is a finding.
func (b *builder) facts(root *node, spec *model.Spec) {
	c := b.claim(root)
	if root.name != "overlay" {
		c.addf(root.pos, "the root element is <%s>; an overlay has <overlay>", root.name)
		return
	}
	if id := c.ident(); id != spec.Ident {
		c.addf(root.pos, "the overlay is for AMQP %s; the specification is %s", id, spec.Ident)
		return
	}
	body := spec.Body.(*model.Classic)
	b.stated = map[string]model.Pos{}
	c.each("protocol", func(n *node) { b.protocol(n, spec) })
	c.each("class", func(n *node) {
		cc := b.claim(n)
		name := cc.nameAttr("name")
		cl := body.Class(name)
		if cl == nil {
			cc.addf(n.pos, "the specification has no class %s", name)
			return
		}
		b.state("class "+name, n.pos)
		cl.Spoken = cc.flag("spoken")
		cc.each("method", func(n *node) { b.methodFacts(n, cl) })
		cc.close()
	})
	c.close()
}

// state notes whose facts the overlay states.
func (b *builder) state(what string, pos model.Pos) {
	if first, ok := b.stated[what]; ok {
		b.diags.Addf(pos, "the overlay states the facts of %s twice, first at %s", what, first)
		return
	}
	b.stated[what] = pos
}

func (b *builder) protocol(n *node, spec *model.Spec) {
	c := b.claim(n)
	value, pos := c.required("header")
	header, err := hex.DecodeString(value)
	if c.find("header") != nil && (err != nil || len(header) != 8) {
		c.addf(pos, "the protocol header is %q; it is 16 hexadecimal digits", value)
	}
	if spec.Header != nil {
		c.addf(pos, "the protocol header is given twice")
	}
	spec.Header = header
	c.close()
}

func (b *builder) methodFacts(n *node, cl *model.Class) {
	c := b.claim(n)
	name := c.nameAttr("name")
	m := cl.Method(name)
	if m == nil {
		c.addf(n.pos, "the specification has no method %s.%s", cl.Name, name)
		return
	}
	b.state("method "+m.FullName(), n.pos)
	m.Runtime = c.flag("runtime")
	c.each("response", func(n *node) {
		ref := b.response(n)
		for _, have := range m.ReplyNames {
			if have.Name == ref.Name {
				c.addf(n.pos, "%s has the response %s already, at %s", m.FullName(), ref.Name, have.Pos)
				return
			}
		}
		m.ReplyNames = append(m.ReplyNames, ref)
	})
	c.each("field", func(n *node) { b.fieldFacts(n, m) })
	c.close()
}

func (b *builder) fieldFacts(n *node, m *model.Method) {
	c := b.claim(n)
	name := c.nameAttr("name")
	secret := c.flag("secret")
	c.close()
	for _, f := range m.Fields {
		if f.Name == name {
			b.state("field "+name+" of "+m.FullName(), n.pos)
			f.Secret = secret
			return
		}
	}
	c.addf(n.pos, "the specification has no field %s in %s", name, m.FullName())
}
