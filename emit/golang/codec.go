package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/amqpgen/amqpgen/emit/plan"
	"github.com/amqpgen/amqpgen/model"
)

// encode prints
//
//	func (m QueueDeclare) encode(b []byte, e *encoder) []byte {
//		b = e.method(b, 50, 10)
//		b = e.short(b, m.Ticket)
//		b = e.shortstr(b, "queue", m.Queue)
//		b = e.octet(b, bit(m.Passive)|bit(m.Durable)<<1)
//		return b
//	}
func encode(f *jen.File, m *plan.Method) {
	receiver := jen.Id("m").Id(m.Name)
	if len(m.Fields) == 0 {
		receiver = jen.Id(m.Name)
	}
	def(f, nil, encoding(receiver).BlockFunc(func(g *jen.Group) {
		g.Add(put("method", jen.Lit(m.Class), jen.Lit(m.Index)))
		for _, s := range m.Steps {
			if s.Kind == model.StepBits {
				g.Add(put("octet", packed(s.Fields)))
				continue
			}
			g.Add(putField(s.Fields[0], jen.Id("m").Dot(s.Fields[0].Name)))
		}
		g.Return(jen.Id("b"))
	}))
}

// encoding prints func (m QueueDeclare) encode(b []byte, e *encoder) []byte.
func encoding(receiver *jen.Statement) *jen.Statement {
	return jen.Func().Params(receiver).Id("encode").Params(jen.Id("b").Index().Byte(), jen.Id("e").Op("*").Id("encoder")).Index().Byte()
}

// put prints b = e.short(b, value).
func put(kind string, values ...jen.Code) *jen.Statement {
	return jen.Id("b").Op("=").Id("e").Dot(kind).Call(append([]jen.Code{jen.Id("b")}, values...)...)
}

// putField prints b = e.shortstr(b, "queue", m.Queue), or b = e.short(b, uint16(m.ReplyCode)).
func putField(field *plan.Field, value *jen.Statement) *jen.Statement {
	if underlying := underlyingType(field); underlying != "" {
		value = jen.Id(underlying).Call(value)
	}
	if canFail(field.Kind) {
		return put(field.Kind.String(), jen.Lit(field.Wire), value)
	}
	return put(field.Kind.String(), value)
}

// packed prints bit(m.Passive) | bit(m.Durable)<<1.
func packed(fields []*plan.Field) *jen.Statement {
	octet := jen.Id("bit").Call(jen.Id("m").Dot(fields[0].Name))
	for i, field := range fields[1:] {
		octet.Op("|").Id("bit").Call(jen.Id("m").Dot(field.Name)).Op("<<").Lit(i + 1)
	}
	return octet
}

// canFail tells the types whose values may not fit the wire.
func canFail(t model.Type) bool {
	return t == model.ShortStr || t == model.LongStr || t == model.Table || t == model.Content
}

// underlyingType returns the type to convert a field of a named type to.
func underlyingType(field *plan.Field) string {
	switch field.Type {
	case "ReplyCode":
		return "uint16"
	case "DeliveryTag":
		return "uint64"
	}
	return ""
}

// decode prints
//
//	func (m *QueueDeclare) decode(d *decoder) {
//		m.Ticket = d.short("ticket")
//		m.Queue = d.shortstr("queue", m.Queue)
//		d.bits("passive", &m.Passive, &m.Durable)
//	}
func decode(f *jen.File, m *plan.Method) {
	if len(m.Fields) == 0 {
		def(f, nil, jen.Func().Params(jen.Op("*").Id(m.Name)).Id("decode").Params(jen.Op("*").Id("decoder")).Block())
		return
	}
	def(f, nil, jen.Func().Params(jen.Id("m").Op("*").Id(m.Name)).Id("decode").Params(jen.Id("d").Op("*").Id("decoder")).BlockFunc(func(g *jen.Group) {
		for _, s := range m.Steps {
			if s.Kind == model.StepBits && len(s.Fields) == 1 {
				g.Id("m").Dot(s.Fields[0].Name).Op("=").Add(bitOf(s.Fields[0]))
				continue
			}
			if s.Kind == model.StepBits {
				g.Id("d").Dot("bits").CallFunc(func(g *jen.Group) {
					g.Lit(s.Fields[0].Wire)
					for _, field := range s.Fields {
						g.Op("&").Id("m").Dot(field.Name)
					}
				})
				continue
			}
			g.Add(get("m", s.Fields[0]))
		}
	}))
}

// bitOf prints d.octet("redelivered")&1 != 0.
func bitOf(field *plan.Field) *jen.Statement {
	return jen.Id("d").Dot("octet").Call(jen.Lit(field.Wire)).Op("&").Lit(1).Op("!=").Lit(0)
}

// get prints m.Queue = d.shortstr("queue", m.Queue), which is not a new string if it
// is that which was there, or m.ReplyCode = ReplyCode(d.short("reply-code")).
func get(receiver string, field *plan.Field) *jen.Statement {
	arguments := []jen.Code{jen.Lit(field.Wire)}
	if field.Kind == model.ShortStr {
		arguments = append(arguments, jen.Id(receiver).Dot(field.Name))
	}
	value := jen.Id("d").Dot(field.Kind.String()).Call(arguments...)
	if underlyingType(field) != "" {
		value = jen.Id(field.Type).Call(value)
	}
	return jen.Id(receiver).Dot(field.Name).Op("=").Add(value)
}

// properties prints the properties struct of a class with its flags and codec.
func properties(f *jen.File, p *plan.Properties) {
	def(f, p.Doc, jen.Type().Id(p.Name).StructFunc(func(g *jen.Group) {
		for _, flag := range p.Flags {
			structFields(g, []*plan.Field{flag.Field})
		}
		g.Add(say("Present holds the flags of the properties that were received, and of those to",
			"send even if zero. Flags that the specification does not define are kept."))
		g.Id("Present").Id("PropertyFlags")
	}))
	if len(p.Flags) > 0 {
		def(f, plan.Paragraphs{"Presence flags of " + p.Name + "."}, propertyFlags(p))
	}
	def(f, plan.Paragraphs{"ClassID returns " + p.Const + "."},
		jen.Func().Params(jen.Op("*").Id(p.Name)).Id("ClassID").Params().Uint16().Block(jen.Return(jen.Id(p.Const))))
	present(f, p)
	encodeProperties(f, p)
	decodeProperties(f, p)
}

// propertyFlags prints
//
//	const (
//		BasicHasContentType PropertyFlags = 1 << 15 // content-type
//	)
func propertyFlags(p *plan.Properties) *jen.Statement {
	return jen.Const().DefsFunc(func(g *jen.Group) {
		for _, flag := range p.Flags {
			g.Id(flag.Name).Id("PropertyFlags").Op("=").Op(fmt.Sprintf("1 << %d", flag.Bit)).Comment("// " + flag.Field.Wire)
		}
	})
}

// present prints
//
//	func (p *BasicProperties) present() PropertyFlags {
//		f := p.Present
//		if p.ContentType != "" {
//			f |= BasicHasContentType
//		}
//		return f
//	}
func present(f *jen.File, p *plan.Properties) {
	def(f, plan.Paragraphs{"present returns the flags of what is to be sent."},
		jen.Func().Params(jen.Id("p").Op("*").Id(p.Name)).Id("present").Params().Id("PropertyFlags").BlockFunc(func(g *jen.Group) {
			g.Id("f").Op(":=").Id("p").Dot("Present")
			for _, flag := range p.Flags {
				g.If(isSet(flag.Field)).Block(jen.Id("f").Op("|=").Id(flag.Name))
			}
			g.Return(jen.Id("f"))
		}))
}

// isSet prints p.ContentType != "", p.Priority != 0, !p.Headers.empty(), or p.Urgent.
func isSet(field *plan.Field) *jen.Statement {
	value := jen.Id("p").Dot(field.Name)
	switch field.Kind {
	case model.Bit:
		return value
	case model.ShortStr, model.LongStr:
		return value.Op("!=").Lit("")
	case model.Table:
		return jen.Op("!").Add(value).Dot("empty").Call()
	case model.Content:
		return value.Op("!=").Parens(jen.Id("TransferBody").Values())
	default:
		return value.Op("!=").Lit(0)
	}
}

// encodeProperties prints
//
//	func (p *BasicProperties) encode(b []byte, e *encoder) []byte {
//		f := p.present()
//		b = e.flags(b, f)
//		if f&BasicHasContentType != 0 {
//			b = e.shortstr(b, "content-type", p.ContentType)
//		}
//		return b
//	}
func encodeProperties(f *jen.File, p *plan.Properties) {
	def(f, nil, encoding(jen.Id("p").Op("*").Id(p.Name)).BlockFunc(func(g *jen.Group) {
		g.Id("f").Op(":=").Id("p").Dot("present").Call()
		g.Add(put("flags", jen.Id("f")))
		for _, s := range p.Steps {
			if field := s.Fields[0]; field.Kind != model.Bit {
				g.If(jen.Id("f").Op("&").Id(s.Flag).Op("!=").Lit(0)).Block(putField(field, jen.Id("p").Dot(field.Name)))
			}
		}
		g.Return(jen.Id("b"))
	}))
}

// decodeProperties prints
//
//	func (p *BasicProperties) decode(d *decoder) {
//		*p = BasicProperties{Present: d.flags()}
//		if p.Present&BasicHasContentType != 0 {
//			p.ContentType = d.shortstr("content-type", p.ContentType)
//		}
//	}
func decodeProperties(f *jen.File, p *plan.Properties) {
	def(f, nil, jen.Func().Params(jen.Id("p").Op("*").Id(p.Name)).Id("decode").Params(jen.Id("d").Op("*").Id("decoder")).BlockFunc(func(g *jen.Group) {
		g.Op("*").Id("p").Op("=").Id(p.Name).Values(jen.Dict{jen.Id("Present"): jen.Id("d").Dot("flags").Call()})
		for _, s := range p.Steps {
			field := s.Fields[0]
			has := jen.Id("p").Dot("Present").Op("&").Id(s.Flag).Op("!=").Lit(0)
			if field.Kind == model.Bit {
				g.Id("p").Dot(field.Name).Op("=").Add(has)
			} else {
				g.If(has).Block(get("p", field))
			}
		}
	}))
}
