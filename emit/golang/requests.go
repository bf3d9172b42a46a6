package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/amqpgen/amqpgen/emit/plan"
)

// Requests prints a table for the runtime's own tests that makes each request
// of the specification once:
//
//	var everyRequest = []requestCase{
//		{QueueDeclare{}, new(QueueDeclareOK), func(ctx context.Context, c *Channel) (any, error) {
//			return Call(ctx, c, QueueDeclare{})
//		}},
//	}
func Requests(p *plan.Package) (map[string][]byte, error) {
	f := jen.NewFile(p.Name)
	def(f, plan.Paragraphs{"everyRequest makes each request that a client may make, a line for each of its", "replies."},
		jen.Var().Id("everyRequest").Op("=").Index().Id("requestCase").ValuesFunc(func(g *jen.Group) {
			eachMethod(p, func(m *plan.Method) {
				if m.Request == nil {
					return
				}
				if !m.Request.HasReply() {
					requestCase(g, m, jen.Nil())
				}
				if m.Request.HasReply() {
					for _, r := range m.Replies {
						requestCase(g, m, jen.New(jen.Id(r.Name)))
					}
				}
			})
			g.Line()
		}))
	return render(map[string]*jen.File{"spec_requests_test.go": f})
}

func requestCase(g *jen.Group, m *plan.Method, reply *jen.Statement) {
	request := jen.Id(m.Name).Values()
	body := []jen.Code{jen.Return(jen.Id("Call").Call(jen.Id("ctx"), jen.Id("c"), request))}
	if m.Request.WithContent() {
		body = []jen.Code{
			jen.List(jen.Id("r"), jen.Id("_"), jen.Err()).Op(":=").Id("CallContent").Call(
				jen.Id("ctx"), jen.Id("c"), request, jen.Id("Content").Values()),
			jen.Return(jen.Id("r"), jen.Err()),
		}
	}
	g.Line().Values(request.Clone(), reply, jen.Func().
		Params(jen.Id("ctx").Qual("context", "Context"), jen.Id("c").Op("*").Id("Channel")).
		Params(jen.Any(), jen.Error()).Block(body...))
}
