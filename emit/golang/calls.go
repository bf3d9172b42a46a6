package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/amqpgen/amqpgen/emit/plan"
)

// calls prints a method of Channel for each request of the classes that
// brokers speak.
func calls(p *plan.Package) *jen.File {
	f := jen.NewFile(p.Name)
	for _, cl := range p.Classes {
		for _, m := range cl.Methods {
			if m.Request != nil && m.Request.Named {
				call(f, m)
			}
		}
	}
	return f
}

func call(f *jen.File, m *plan.Method) {
	switch r := m.Request; {
	case r.SendsContent:
		sendContent(f, m)
	case r.GetsContent:
		getContent(f, m)
	case !r.HasReply():
		send(f, m)
	default:
		ask(f, m)
	}
	if m.Request.NoWait != nil {
		noWait(f, m)
	}
}

func onChannel(name string) *jen.Statement {
	return jen.Func().Params(jen.Id("c").Op("*").Id("Channel")).Id(name)
}

func ctxAnd(m *plan.Method, more ...jen.Code) []jen.Code {
	return append([]jen.Code{jen.Id("ctx").Qual("context", "Context"), jen.Id("m").Id(m.Name)}, more...)
}

// ask prints
//
//	func (c *Channel) QueueDeclare(ctx context.Context, m QueueDeclare) (QueueDeclareOK, error) {
//		return Call(ctx, c, m)
//	}
func ask(f *jen.File, m *plan.Method) {
	def(f, plan.Paragraphs{m.Name + " sends " + m.Wire + " and waits for its reply."},
		onChannel(m.Name).Params(ctxAnd(m)...).Params(jen.Id(m.Request.Reply), jen.Error()).Block(
			jen.Return(jen.Id("Call").Call(jen.Id("ctx"), jen.Id("c"), jen.Id("m")))))
}

// send prints
//
//	func (c *Channel) BasicAck(ctx context.Context, m BasicAck) error {
//		return c.send(ctx, m)
//	}
func send(f *jen.File, m *plan.Method) {
	def(f, plan.Paragraphs{m.Name + " sends " + m.Wire + ", which has no reply."},
		onChannel(m.Name).Params(ctxAnd(m)...).Error().Block(
			jen.Return(jen.Id("c").Dot("send").Call(jen.Id("ctx"), jen.Id("m")))))
}

// noWait prints
//
//	func (c *Channel) QueueDeclareNoWait(ctx context.Context, m QueueDeclare) error {
//		m.NoWait = true
//		return c.send(ctx, m)
//	}
func noWait(f *jen.File, m *plan.Method) {
	def(f, plan.Paragraphs{
		m.Name + "NoWait sends " + m.Wire + " with its bit " + m.Request.NoWait.Wire + " set: no reply comes, and",
		"a failure closes the channel.",
	}, onChannel(m.Name+"NoWait").Params(ctxAnd(m)...).Error().Block(
		jen.Id("m").Dot(m.Request.NoWait.Name).Op("=").True(),
		jen.Return(jen.Id("c").Dot("send").Call(jen.Id("ctx"), jen.Id("m")))))
}

// sendContent prints
//
//	func (c *Channel) BasicPublish(ctx context.Context, m BasicPublish, properties BasicProperties, body []byte) error {
//		return c.publish(ctx, &m, &properties, body)
//	}
func sendContent(f *jen.File, m *plan.Method) {
	def(f, plan.Paragraphs{m.Name + " sends " + m.Wire + " with its content. See [Channel.Publish] for what nil means."},
		onChannel(m.Name).Params(ctxAnd(m, jen.Id("properties").Id(m.Content.Name), jen.Id("body").Index().Byte())...).Error().Block(
			jen.Return(jen.Id("c").Dot("publish").Call(
				jen.Id("ctx"), jen.Op("&").Id("m"), jen.Op("&").Id("properties"), jen.Id("body")))))
}

// getContent prints
//
//	func (c *Channel) BasicGet(ctx context.Context, m BasicGet) (BasicGetReply, Message, error) {
//		reply, content, err := CallContent(ctx, c, m, Content{})
//		return reply, messageOf(content), err
//	}
func getContent(f *jen.File, m *plan.Method) {
	def(f, plan.Paragraphs{m.Name + " sends " + m.Wire + " and waits for its reply, with the content that may come along."},
		onChannel(m.Name).Params(ctxAnd(m)...).Params(jen.Id(m.Request.Reply), jen.Id("Message"), jen.Error()).Block(
			jen.List(jen.Id("reply"), jen.Id("content"), jen.Err()).Op(":=").Id("CallContent").Call(
				jen.Id("ctx"), jen.Id("c"), jen.Id("m"), jen.Id("Content").Values()),
			jen.Return(jen.Id("reply"), jen.Id("messageOf").Call(jen.Id("content")), jen.Err())))
}
