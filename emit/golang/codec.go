package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/amqpgen/amqpgen/emit/plan"
	"github.com/amqpgen/amqpgen/model"
)

// appendBinary prints, of a method that clients send,
//
//	func (m QueueDeclare) AppendBinary(b []byte) ([]byte, error) { return appendMethod(b, m) }
//
//	func (m QueueDeclare) encode(b []byte, e *encoder) []byte {
//		b = e.method(b, 50, 10)
//		b = e.short(b, m.Ticket)
//		b = e.shortstr(b, "queue", m.Queue)
//		b = e.octet(b, bit(m.Passive)|bit(m.Durable)<<1)
//		return b
//	}
//
// and of another all in the first. The runtime calls encode through an
// interface, and so every method that has it is linked into every program.
func appendBinary(f *jen.File, m *plan.Method) {
	named := jen.Id("m").Id(m.Name)
	receiver := named
	if len(m.Fields) == 0 {
		receiver = jen.Id(m.Name)
	}
	doc := plan.Paragraphs{"AppendBinary appends the payload of the method's frame."}
	if m.Sent {
		def(f, doc, appending(named).Block(jen.Return(jen.Id("appendMethod").Call(jen.Id("b"), jen.Id("m")))))
		def(f, nil, encoding(receiver).BlockFunc(func(g *jen.Group) {
			putFields(g, m)
			g.Return(jen.Id("b"))
		}))
		return
	}
	def(f, doc, appending(receiver).BlockFunc(func(g *jen.Group) {
		g.List(jen.Id("e"), jen.Id("size")).Op(":=").List(jen.Id("encoder").Values(), jen.Len(jen.Id("b")))
		putFields(g, m)
		g.Return(jen.Id("e").Dot("result").Call(jen.Id("b"), jen.Id("size")))
	}))
}

// putFields prints the encoding of a method's numbers and fields.
func putFields(g *jen.Group, m *plan.Method) {
	g.Add(put("method", jen.Lit(m.Class), jen.Lit(m.Index)))
	for _, s := range m.Steps {
		if s.Kind == model.StepBits {
			g.Add(put("octet", packed(s.Fields)))
			continue
		}
		g.Add(putField(s.Fields[0], jen.Id("m").Dot(s.Fields[0].Name)))
	}
}

// appending prints func (m QueueDeclare) AppendBinary(b []byte) ([]byte, error).
func appending(receiver *jen.Statement) *jen.Statement {
	return jen.Func().Params(receiver).Id("AppendBinary").Params(jen.Id("b").Index().Byte()).Params(jen.Index().Byte(), jen.Error())
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

// unmarshalBinary prints, of a method that servers send,
//
//	func (m *QueueDeclareOK) UnmarshalBinary(b []byte) error { return unmarshalMethod(b, m) }
//
//	func (m *QueueDeclareOK) decode(b []byte, d *decoder) []byte {
//		b = d.shortstr(b, "queue", &m.Queue)
//		b = d.long(b, "message-count", &m.MessageCount)
//		return b
//	}
//
// and of another all in the first, for the reason that [appendBinary] gives.
func unmarshalBinary(f *jen.File, m *plan.Method) {
	whole := jen.Func().Params(jen.Id("m").Op("*").Id(m.Name)).Id("UnmarshalBinary").Params(jen.Id("b").Index().Byte()).
		Error()
	doc := plan.Paragraphs{"UnmarshalBinary decodes the payload of the method's frame, whole."}
	if m.Arrives {
		def(f, doc, whole.Block(jen.Return(jen.Id("unmarshalMethod").Call(jen.Id("b"), jen.Id("m")))))
		receiver := jen.Id("m").Op("*").Id(m.Name)
		if len(m.Fields) == 0 {
			receiver = jen.Op("*").Id(m.Name)
		}
		def(f, nil, decoding(receiver).BlockFunc(func(g *jen.Group) {
			getFields(g, m)
			g.Return(jen.Id("b"))
		}))
		return
	}
	def(f, doc, whole.BlockFunc(func(g *jen.Group) {
		g.Id("d").Op(":=").Id("decoder").Values(jen.Id("size").Op(":").Len(jen.Id("b")), jen.Id("id").Op(":").Id("m").Dot("ID").Call())
		g.Id("b").Op("=").Id("d").Dot("method").Call(jen.Id("b"))
		getFields(g, m)
		g.Return(jen.Id("d").Dot("end").Call(jen.Id("b")))
	}))
}

// getFields prints the decoding of a method's fields.
func getFields(g *jen.Group, m *plan.Method) {
	for _, s := range m.Steps {
		g.Add(get("m", s))
	}
}

// decoding prints func (m *QueueDeclare) decode(b []byte, d *decoder) []byte.
func decoding(receiver *jen.Statement) *jen.Statement {
	return jen.Func().Params(receiver).Id("decode").Params(jen.Id("b").Index().Byte(), jen.Id("d").Op("*").Id("decoder")).Index().Byte()
}

// get prints b = d.shortstr(b, "queue", &m.Queue), or
// b = d.bits(b, "passive", &m.Passive, &m.Durable).
func get(receiver string, s plan.Step) *jen.Statement {
	kind := s.Fields[0].Kind.String()
	if len(s.Fields) > 1 {
		kind = "bits"
	}
	return jen.Id("b").Op("=").Id("d").Dot(kind).CallFunc(func(g *jen.Group) {
		g.Id("b")
		g.Lit(s.Fields[0].Wire)
		for _, field := range s.Fields {
			g.Add(pointer(field, jen.Op("&").Id(receiver).Dot(field.Name)))
		}
	})
}

// pointer prints &m.Ticket, or (*uint16)(&m.ReplyCode).
func pointer(field *plan.Field, value *jen.Statement) *jen.Statement {
	if underlying := underlyingType(field); underlying != "" {
		return jen.Parens(jen.Op("*").Id(underlying)).Parens(value)
	}
	return value
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
//		f, start := p.Present, len(b)
//		b = e.short(b, 0) // the flags, which are known in the end
//		if p.ContentType != "" || f&BasicHasContentType != 0 {
//			f |= BasicHasContentType
//			b = e.shortstr(b, "content-type", p.ContentType)
//		}
//		return e.flags(b, start, f)
//	}
func encodeProperties(f *jen.File, p *plan.Properties) {
	def(f, nil, encoding(jen.Id("p").Op("*").Id(p.Name)).BlockFunc(func(g *jen.Group) {
		g.List(jen.Id("f"), jen.Id("start")).Op(":=").List(jen.Id("p").Dot("Present"), jen.Len(jen.Id("b")))
		g.Add(put("short", jen.Lit(0))).Comment("the flags, which are known in the end")
		for _, s := range p.Steps {
			field := s.Fields[0]
			note := jen.Id("f").Op("|=").Id(s.Flag)
			if field.Kind == model.Bit {
				g.If(isSet(field)).Block(note)
				continue
			}
			g.If(isSet(field).Op("||").Add(has(s))).Block(note, putField(field, jen.Id("p").Dot(field.Name)))
		}
		g.Return(jen.Id("e").Dot("flags").Call(jen.Id("b"), jen.Id("start"), jen.Id("f")))
	}))
}

// has prints f&BasicHasPriority != 0.
func has(s plan.Step) *jen.Statement {
	return jen.Id("f").Op("&").Id(s.Flag).Op("!=").Lit(0)
}

// decodeProperties prints
//
//	func (p *BasicProperties) decode(b []byte, d *decoder) []byte {
//		f, b := d.flags(b)
//		*p = BasicProperties{Present: f}
//		if f&BasicHasContentType != 0 {
//			b = d.shortstr(b, "content-type", &p.ContentType)
//		}
//		return b
//	}
func decodeProperties(f *jen.File, p *plan.Properties) {
	def(f, nil, decoding(jen.Id("p").Op("*").Id(p.Name)).BlockFunc(func(g *jen.Group) {
		g.List(jen.Id("f"), jen.Id("b")).Op(":=").Id("d").Dot("flags").Call(jen.Id("b"))
		g.Op("*").Id("p").Op("=").Id(p.Name).Values(jen.Dict{jen.Id("Present"): jen.Id("f")})
		for _, s := range p.Steps {
			field := s.Fields[0]
			if field.Kind == model.Bit {
				g.Id("p").Dot(field.Name).Op("=").Add(has(s))
			} else {
				g.If(has(s)).Block(get("p", s))
			}
		}
		g.Return(jen.Id("b"))
	}))
}
