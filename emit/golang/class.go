package golang

import (
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/amqpgen/amqpgen/emit/plan"
)

// class prints the file of one class: its number, its properties, its methods.
func class(p *plan.Package, cl *plan.Class) *jen.File {
	f := jen.NewFile(p.Name)
	// const ClassQueue = 50
	def(f, cl.Doc, jen.Const().Id(cl.Const).Op("=").Lit(cl.Index))
	for _, m := range cl.Methods {
		method(f, m)
	}
	if cl.Properties != nil {
		properties(f, cl.Properties)
	}
	return f
}

func method(f *jen.File, m *plan.Method) {
	methodStruct(f, m)
	methodID(f, m)
	methodString(f, m)
	appendBinary(f, m)
	unmarshalBinary(f, m)
	if m.Request != nil {
		request(f, m)
	}
}

// methodStruct prints
//
//	type QueueDeclare struct {
//		// Name of the queue…
//		Queue string
//	}
func methodStruct(f *jen.File, m *plan.Method) {
	def(f, m.Doc, jen.Type().Id(m.Name).StructFunc(func(g *jen.Group) { structFields(g, m.Fields) }))
}

func structFields(g *jen.Group, fields []*plan.Field) {
	for _, field := range fields {
		if len(field.Doc) > 0 {
			g.Add(comment(field.Doc))
		}
		g.Id(field.Name).Add(fieldType(field.Type))
	}
}

// fieldType prints a type, with its import if it is of another package.
func fieldType(name string) jen.Code {
	if pkg, name, ok := strings.Cut(name, "."); ok {
		return jen.Qual(pkg, name)
	}
	return jen.Id(name)
}

// methodID prints
//
//	func (QueueDeclare) ID() MethodID { return MethodID{50, 10} }
func methodID(f *jen.File, m *plan.Method) {
	def(f, plan.Paragraphs{"ID returns the method's numbers."},
		jen.Func().Params(jen.Id(m.Name)).Id("ID").Params().Id("MethodID").Block(
			jen.Return(jen.Id("MethodID").Values(jen.Lit(m.Class), jen.Lit(m.Index)))))
}

// methodString prints
//
//	func (m QueueDeclare) String() string {
//		type fields QueueDeclare
//		return describe("queue.declare", fields(m))
//	}
func methodString(f *jen.File, m *plan.Method) {
	if len(m.Fields) == 0 {
		def(f, plan.Paragraphs{"String gives the method's name."},
			jen.Func().Params(jen.Id(m.Name)).Id("String").Params().String().Block(jen.Return(jen.Lit(m.Wire))))
		return
	}
	doc := plan.Paragraphs{"String gives the method's name and arguments."}
	if len(m.Secrets) > 0 {
		doc = plan.Paragraphs{"String gives the method's name and arguments, but no secret."}
	}
	def(f, doc, jen.Func().Params(jen.Id("m").Id(m.Name)).Id("String").Params().String().BlockFunc(func(g *jen.Group) {
		g.Type().Id("fields").Id(m.Name)
		for _, s := range m.Secrets {
			g.Id("m").Dot(s.Name).Op("=").Id("redacted")
		}
		g.Return(jen.Id("describe").Call(jen.Lit(m.Wire), jen.Id("fields").Call(jen.Id("m"))))
	}))
	if len(m.Secrets) > 0 {
		// func (m ConnectionStartOK) Format(s fmt.State, _ rune) { io.WriteString(s, m.String()) }
		def(f, plan.Paragraphs{"Format keeps the secret out of every verb of package fmt."},
			jen.Func().Params(jen.Id("m").Id(m.Name)).Id("Format").Params(jen.Id("s").Qual("fmt", "State"), jen.Id("_").Rune()).Block(
				jen.Qual("io", "WriteString").Call(jen.Id("s"), jen.Id("m").Dot("String").Call())))
	}
}

// request prints what the runtime needs to send the method and to type its
// reply:
//
//	func (m QueueDeclare) noWait() bool { return m.NoWait }
//	func (QueueDeclare) repliedBy(QueueDeclareOK) {}
func request(f *jen.File, m *plan.Method) {
	r := m.Request
	if r.NoWait != nil {
		def(f, nil, jen.Func().Params(jen.Id("m").Id(m.Name)).Id("noWait").Params().Bool().Block(
			jen.Return(jen.Id("m").Dot(r.NoWait.Name))))
	}
	mark := "repliedBy"
	if r.WithContent() {
		mark = "contentRepliedBy"
	}
	def(f, nil, jen.Func().Params(jen.Id(m.Name)).Id(mark).Params(jen.Id(r.Reply)).Block())
	if r.Union {
		union(f, m)
	}
}

// union prints the sealed interface of several replies:
//
//	type BasicGetReply interface{ Method; basicGetReply() }
//	func (*BasicGetOK) basicGetReply() {}
func union(f *jen.File, m *plan.Method) {
	r := m.Request
	mark := "answers" + m.Name
	doc := plan.Paragraphs{r.Reply + " is one of the replies to " + m.Name + ":"}
	line := ""
	for i, reply := range m.Replies {
		if i > 0 {
			line += " or "
		}
		line += "*" + reply.Name
	}
	doc = append(doc, line+".")
	def(f, doc, jen.Type().Id(r.Reply).Interface(jen.Id("Method"), jen.Id(mark).Params()))
	for _, reply := range m.Replies {
		def(f, nil, jen.Func().Params(jen.Op("*").Id(reply.Name)).Id(mark).Params().Block())
	}
}
