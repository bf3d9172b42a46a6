package golang

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/amqpgen/amqpgen/emit/plan"
)

func constants(p *plan.Package) *jen.File {
	f := jen.NewFile(p.Name)
	// const specName = "0-8"
	def(f, plan.Paragraphs{"specName is the version of AMQP that the package speaks."},
		jen.Const().Id("specName").Op("=").Lit(p.Spec.Ident.String()))
	// var protocolHeader = [8]byte{0x41, 0x4d, 0x51, 0x50, 0x1, 0x1, 0x8, 0x0}
	def(f, plan.Paragraphs{"protocolHeader is what a client sends first."},
		jen.Var().Id("protocolHeader").Op("=").Index(jen.Lit(8)).Byte().ValuesFunc(func(g *jen.Group) {
			for _, b := range p.Header {
				g.Op(fmt.Sprintf("%#02x", b))
			}
		}))
	// var capabilities = []string{"consumer_cancel_notify"}
	def(f, plan.Paragraphs{"capabilities are what a client claims, so that the server uses it."},
		jen.Var().Id("capabilities").Op("=").Index().String().ValuesFunc(func(g *jen.Group) {
			for _, name := range p.Spec.Capabilities {
				g.Lit(name)
			}
		}))
	def(f, plan.Paragraphs{"Numbers of framing."}, constantBlock(p.Frames, nil))
	def(f, plan.Paragraphs{
		"ReplyCode is the number that a server gives when it closes something or",
		"returns a message. Servers send codes that the specification does not list.",
	}, jen.Type().Id("ReplyCode").Uint16())
	def(f, plan.Paragraphs{"The reply codes of the specification."}, constantBlock(p.Replies, jen.Id("ReplyCode")))
	replyCodeString(f, p.Replies)
	return f
}

func constantBlock(constants []plan.Constant, typ *jen.Statement) *jen.Statement {
	return jen.Const().DefsFunc(func(g *jen.Group) {
		for _, c := range constants {
			g.Add(comment(c.Doc))
			id := g.Id(c.Name)
			if typ != nil {
				id.Add(typ)
			}
			id.Op("=").Lit(c.Value)
		}
	})
}

// replyCodeString prints
//
//	func (c ReplyCode) String() string {
//		switch c {
//		case ReplyNotFound:
//			return "NOT_FOUND"
//		}
//		return "UNKNOWN"
//	}
func replyCodeString(f *jen.File, replies []plan.Constant) {
	def(f, plan.Paragraphs{"String names the code as servers do, such as NOT_FOUND."},
		jen.Func().Params(jen.Id("c").Id("ReplyCode")).Id("String").Params().String().Block(
			jen.Switch(jen.Id("c")).BlockFunc(func(g *jen.Group) {
				for _, c := range replies {
					name := strings.ToUpper(strings.ReplaceAll(c.Wire, "-", "_"))
					g.Case(jen.Id(c.Name)).Block(jen.Return(jen.Lit(name)))
				}
			}),
			jen.Return(jen.Lit("reply code ").Op("+").Qual("strconv", "Itoa").Call(jen.Int().Call(jen.Id("c")))),
		))
}
