package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/amqpgen/amqpgen/emit/plan"
)

// options prints the options structs of the runtime's verbs.
func options(p *plan.Package) *jen.File {
	f := jen.NewFile(p.Name)
	for _, o := range p.Options {
		def(f, o.Doc, jen.Type().Id(o.Name).StructFunc(func(g *jen.Group) {
			structFields(g, o.Extra)
			structFields(g, o.Fields)
		}))
		lower(f, o)
	}
	return f
}

// lower prints
//
//	func (o *QueueOptions) declare(queue string) *QueueDeclare {
//		m := &QueueDeclare{Queue: queue}
//		if o != nil {
//			m.Ticket = o.Ticket
//		}
//		return m
//	}
//
// A pointer, since it is inlined, and a struct would be copied right after it was
// written, which takes the processor several times as long as the writing.
func lower(f *jen.File, o *plan.Options) {
	params := make([]jen.Code, len(o.Params))
	for i, field := range o.Positional {
		params[i] = jen.Id(o.Params[i]).Id(field.Type)
	}
	def(f, nil, jen.Func().Params(jen.Id("o").Op("*").Id(o.Name)).Id(o.Func).Params(params...).Op("*").Id(o.Method.Name).Block(
		jen.Id("m").Op(":=").Op("&").Id(o.Method.Name).ValuesFunc(func(g *jen.Group) {
			for i, field := range o.Positional {
				g.Id(field.Name).Op(":").Id(o.Params[i])
			}
		}),
		jen.If(jen.Id("o").Op("!=").Nil()).BlockFunc(func(g *jen.Group) {
			for _, field := range o.Fields {
				g.Id("m").Dot(field.Name).Op("=").Id("o").Dot(field.Name)
			}
		}),
		jen.Return(jen.Id("m")),
	))
}
