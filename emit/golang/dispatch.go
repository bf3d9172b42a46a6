package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/amqpgen/amqpgen/emit/plan"
)

// dispatch prints what leads from numbers to types.
func dispatch(p *plan.Package) *jen.File {
	f := jen.NewFile(p.Name)
	keys(f, p)
	methodName(f, p)
	newMethod(f, p)
	newReceived(f, p)
	className(f, p)
	newProperties(f, p)
	hasContent(f, p)
	repliesTo(f, p)
	hooks(f, "Channel", "c", p.OnChannel)
	hooks(f, "Connection", "c", p.OnConn)
	hooks(f, "handshake", "h", p.OnStart)
	return f
}

func eachMethod(p *plan.Package, do func(*plan.Method)) {
	for _, cl := range p.Classes {
		for _, m := range cl.Methods {
			do(m)
		}
	}
}

// keys prints
//
//	type methodKey uint32
//	const (
//		keyQueueDeclare methodKey = 50<<16 | 10
//	)
func keys(f *jen.File, p *plan.Package) {
	def(f, plan.Paragraphs{"methodKey is a MethodID in one number: class<<16 | method."}, jen.Type().Id("methodKey").Uint32())
	def(f, nil, jen.Const().DefsFunc(func(g *jen.Group) {
		eachMethod(p, func(m *plan.Method) {
			g.Id(m.Key).Id("methodKey").Op("=").Lit(m.Class).Op("<<").Lit(16).Op("|").Lit(m.Index)
		})
	}))
}

func keySwitch(cases func(*jen.Group)) *jen.Statement {
	return jen.Switch(jen.Id("id").Dot("key").Call()).BlockFunc(cases)
}

// methodName prints the switch from numbers to queue.declare.
func methodName(f *jen.File, p *plan.Package) {
	def(f, plan.Paragraphs{"methodName returns the name of a method, or the empty string."},
		jen.Func().Id("methodName").Params(jen.Id("id").Id("MethodID")).String().Block(
			keySwitch(func(g *jen.Group) {
				eachMethod(p, func(m *plan.Method) {
					g.Case(jen.Id(m.Key)).Block(jen.Return(jen.Lit(m.Wire)))
				})
			}),
			jen.Return(jen.Lit(""))))
}

// newMethod prints the switch from numbers to new(QueueDeclare).
func newMethod(f *jen.File, p *plan.Package) {
	def(f, plan.Paragraphs{
		"NewMethod returns a new zero value of a method to decode into, or nil if the",
		"specification has no such method.",
	}, jen.Func().Id("NewMethod").Params(jen.Id("id").Id("MethodID")).Id("Method").Block(
		newCases(p, func(m *plan.Method) bool { return !m.Arrives }),
		jen.Return(jen.Id("newReceived").Call(jen.Id("id")))))
}

// newReceived prints the same of what a server sends. A program that encodes and
// decodes no other method by itself is linked without their code.
func newReceived(f *jen.File, p *plan.Package) {
	def(f, plan.Paragraphs{
		"newReceived returns a new zero value of a method that servers send, or nil.",
	}, jen.Func().Id("newReceived").Params(jen.Id("id").Id("MethodID")).Id("decodable").Block(
		newCases(p, func(m *plan.Method) bool { return m.Arrives }),
		jen.Return(jen.Nil())))
}

func newCases(p *plan.Package, of func(*plan.Method) bool) *jen.Statement {
	return keySwitch(func(g *jen.Group) {
		eachMethod(p, func(m *plan.Method) {
			if of(m) {
				g.Case(jen.Id(m.Key)).Block(jen.Return(jen.New(jen.Id(m.Name))))
			}
		})
	})
}

func className(f *jen.File, p *plan.Package) {
	def(f, plan.Paragraphs{"className returns the name of a class, or the empty string."},
		jen.Func().Id("className").Params(jen.Id("class").Uint16()).String().Block(
			jen.Switch(jen.Id("class")).BlockFunc(func(g *jen.Group) {
				for _, cl := range p.Classes {
					g.Case(jen.Id(cl.Const)).Block(jen.Return(jen.Lit(cl.Wire)))
				}
			}),
			jen.Return(jen.Lit(""))))
}

func newProperties(f *jen.File, p *plan.Package) {
	def(f, plan.Paragraphs{
		"newProperties returns new properties of a class, or nil if the class has no",
		"content.",
	}, jen.Func().Id("newProperties").Params(jen.Id("class").Uint16()).Id("Properties").Block(
		jen.Switch(jen.Id("class")).BlockFunc(func(g *jen.Group) {
			for _, cl := range p.Classes {
				if cl.Properties != nil {
					g.Case(jen.Id(cl.Const)).Block(jen.Return(jen.New(jen.Id(cl.Properties.Name))))
				}
			}
		}),
		jen.Return(jen.Nil())))
}

func hasContent(f *jen.File, p *plan.Package) {
	def(f, plan.Paragraphs{"hasContent reports whether content follows a method."},
		jen.Func().Id("hasContent").Params(jen.Id("id").Id("MethodID")).Bool().Block(
			keySwitch(func(g *jen.Group) {
				if keys := contentKeys(p); len(keys) > 0 {
					g.Case(keys...).Block(jen.Return(jen.True()))
				}
			}),
			jen.Return(jen.False())))
}

func contentKeys(p *plan.Package) []jen.Code {
	var out []jen.Code
	eachMethod(p, func(m *plan.Method) {
		if m.Content != nil {
			out = append(out, jen.Id(m.Key))
		}
	})
	return out
}

// repliesTo prints
//
//	func (key methodKey) answers(request MethodID) bool {
//		switch request.key() {
//		case keyQueueDeclare:
//			return key == keyQueueDeclareOK
//		}
//		return false
//	}
func repliesTo(f *jen.File, p *plan.Package) {
	def(f, plan.Paragraphs{"answers reports whether the method is a reply to a request."},
		jen.Func().Params(jen.Id("k").Id("methodKey")).Id("answers").Params(jen.Id("id").Id("MethodID")).Bool().Block(
			keySwitch(func(g *jen.Group) {
				eachMethod(p, func(m *plan.Method) {
					if len(m.Replies) == 0 {
						return
					}
					match := jen.Id("k").Op("==").Id(m.Replies[0].Key)
					for _, r := range m.Replies[1:] {
						match = match.Op("||").Id("k").Op("==").Id(r.Key)
					}
					g.Case(jen.Id(m.Key)).Block(jen.Return(match))
				})
			}),
			jen.Return(jen.False())))
}

// hooks prints
//
//	func (c *Channel) dispatch(k methodKey, b []byte, d *decoder) (bool, error) {
//		switch k {
//		case keyBasicDeliver:
//			return true, c.onBasicDeliver(b, d)
//		}
//		return false, nil
//	}
func hooks(f *jen.File, receiver, name string, hooks []plan.Hook) {
	def(f, plan.Paragraphs{
		"dispatch hands a method to the runtime's code for it, and reports whether there",
		"is any.",
	}, jen.Func().Params(jen.Id(name).Op("*").Id(receiver)).Id("dispatch").Params(jen.Id("k").Id("methodKey"), jen.Id("b").Index().Byte(), jen.Id("d").Op("*").Id("decoder")).
		Params(jen.Bool(), jen.Error()).Block(
		jen.Switch(jen.Id("k")).BlockFunc(func(g *jen.Group) {
			for _, h := range hooks {
				g.Case(jen.Id(h.Key)).Block(jen.Return(jen.True(), jen.Id(name).Dot(h.Func).Call(jen.Id("b"), jen.Id("d"))))
			}
		}),
		jen.Return(jen.False(), jen.Nil())))
}
