package plan

import (
	"fmt"
	"slices"

	"github.com/amqpgen/amqpgen/model"
)

// Options is an options struct of the runtime's verbs, and the function that
// lowers it to a method. The runtime's hand-written verbs name neither the
// struct's fields nor the method's, since both differ between specifications.
type Options struct {
	Name       string // QueueOptions
	Verbs      string // Channel.DeclareQueue: what takes them
	Doc        Paragraphs
	Func       string // declare
	Method     *Method
	Positional []*Field // parameters of Func
	Params     []string // their names
	Fields     []*Field // of the struct, copied to the method
	Extra      []*Field // of the struct, for the runtime alone
}

// verb is a verb of the runtime that takes options.
type verb struct {
	method     string
	options    string
	does       string // completes "… are the options of"
	fn         string
	positional []string
	extra      []*Field
}

var verbs = []verb{
	{method: "access.request", options: "AccessOptions", does: "Channel.RequestAccess", fn: "request", positional: []string{"realm"}},
	{method: "exchange.declare", options: "ExchangeOptions", does: "Channel.DeclareExchange", fn: "declare", positional: []string{"exchange"}},
	{method: "exchange.delete", options: "ExchangeDeleteOptions", does: "Channel.DeleteExchange", fn: "delete", positional: []string{"exchange"}},
	{method: "exchange.bind", options: "ExchangeBindOptions", does: "Channel.BindExchange", fn: "bind", positional: []string{"destination", "source", "routing-key"}},
	{method: "exchange.unbind", options: "ExchangeUnbindOptions", does: "Channel.UnbindExchange", fn: "unbind", positional: []string{"destination", "source", "routing-key"}},
	{method: "queue.declare", options: "QueueOptions", does: "Channel.DeclareQueue", fn: "declare", positional: []string{"queue"}},
	{method: "queue.bind", options: "BindOptions", does: "Channel.BindQueue", fn: "bind", positional: []string{"queue", "exchange", "routing-key"}},
	{method: "queue.unbind", options: "UnbindOptions", does: "Channel.UnbindQueue", fn: "unbind", positional: []string{"queue", "exchange", "routing-key"}},
	{method: "queue.purge", options: "PurgeOptions", does: "Channel.PurgeQueue", fn: "purge", positional: []string{"queue"}},
	{method: "queue.delete", options: "QueueDeleteOptions", does: "Channel.DeleteQueue", fn: "delete", positional: []string{"queue"}},
	{method: "basic.qos", options: "QosOptions", does: "Channel.Qos", fn: "qos", positional: []string{"prefetch-count"}},
	{method: "basic.publish", options: "PublishOptions", does: "Channel.Publish", fn: "publish", positional: []string{"exchange", "routing-key"}},
	{method: "basic.get", options: "GetOptions", does: "Channel.Get", fn: "get", positional: []string{"queue"}},
	{method: startsPush, options: "ConsumeOptions", does: "Channel.Consume and Channel.Handle", fn: "consume", positional: []string{"queue"}, extra: consumeExtra},
}

// consumeExtra is what a consumer has beyond the fields of basic.consume.
var consumeExtra = []*Field{
	{Name: "Prefetch", Type: "int", Doc: Wrap(`Messages that may be delivered and not yet settled. 0 means 64. Below zero
asks nothing of the server, so that what Channel.Qos asked for last holds; the program's memory is then bounded by
MaxBuffered.`)},
	{Name: "MaxBuffered", Type: "int", Doc: Wrap(`Octets of memory that deliveries may take while they wait for the program, where the
prefetch does not bound them (no acknowledgement, or no prefetch). At that mark the connection stops reading until the program
has caught up. 0 means 1 MiB.`)},
	{Name: "OnStart", Type: "func(consumerTag string)", Doc: Wrap(`Called once the server has agreed, before the first
delivery, with the consumer's tag.`)},
	{Name: "AckEvery", Type: "int", Doc: Wrap(`Acknowledgements that leave together: Delivery.Ack, and a handler's nil, only note
that the message is done with, until there are so many, or AckWithin has passed, or the consumer, channel or connection is closed, or
Flush is called, or another request is made on the channel. Then one ack stands for all that nothing unsettled precedes
on the channel. What was noted and not sent when the connection breaks is delivered again. At most half of Prefetch counts. 0 and 1
send each at once; so does a channel with transactions. On a channel that has had deliveries to settle before
each ack is a frame of its own.`)},
	{Name: "AckWithin", Type: "time.Duration", Doc: Wrap(`How long AckEvery may hold an acknowledgement back. 0 means 100 ms.`)},
	{Name: "Borrow", Type: "bool", Doc: Wrap(`Has the memory of bodies used again: Body is valid until the loop's
next step, and a Delivery that a handler gets until it returns. Delivery.Clone keeps one.`)},
	{Name: "Stream", Type: "int64", Doc: Wrap(`Bodies above so many octets are streamed, however large: the delivery comes as soon
as its header is there, Body is nil, and Delivery.Reader reads what comes. While the program is behind by about MaxBuffered the
connection is not read. 0 streams none.`)},
	{Name: "Concurrency", Type: "int", Doc: Wrap(`Handlers that Channel.Handle runs at a time. 0 means 1.`)},
}

// startsPush is the verb whose options hold all fields of its method, the one
// that waives the reply included, since nothing else sends it.
const startsPush = "basic.consume"

// options plans the options structs of the verbs that the spec has.
func (p *planner) options(body *model.Classic) {
	for _, v := range verbs {
		spec := body.Method(v.method)
		if spec == nil {
			continue
		}
		m := p.methods[spec]
		o := &Options{Name: v.options, Verbs: v.does, Func: v.fn, Method: m, Extra: v.extra}
		o.Doc = Wrap(fmt.Sprintf("%s are the options of %s. Nil or zero means the defaults.", v.options, v.does))
		p.claim(o.Name, "the options of "+v.method, spec.Pos)
		p.positional(o, v, spec)
		for i, f := range m.Fields {
			switch {
			case slices.Contains(v.positional, f.Wire):
			case spec.Fields[i].Reserved || spec.Fields[i] == spec.NoWait() && v.method != startsPush:
			default:
				o.Fields = append(o.Fields, f)
				p.claimOption(v, f, spec.Fields[i].Pos)
			}
		}
		p.pkg.Options = append(p.pkg.Options, o)
	}
}

// positional finds the fields that the verb's caller gives by position.
func (p *planner) positional(o *Options, v verb, spec *model.Method) {
	for _, wire := range v.positional {
		i := slices.IndexFunc(o.Method.Fields, func(f *Field) bool { return f.Wire == wire })
		if i < 0 {
			p.diags.Addf(spec.Pos, "method %s has no field %s; %s needs one", v.method, wire, v.does)
			continue
		}
		o.Positional = append(o.Positional, o.Method.Fields[i])
		o.Params = append(o.Params, localName(wire))
	}
}

// claimOption refuses a field whose name the runtime's own options have.
func (p *planner) claimOption(v verb, f *Field, pos model.Pos) {
	for _, extra := range v.extra {
		if extra.Name == f.Name {
			p.diags.Addf(pos, "%s.%s would be %s in Go, an option that the runtime adds to %s", v.method, f.Wire, f.Name, v.does)
		}
	}
}
