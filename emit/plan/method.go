package plan

import (
	"fmt"
	"strings"

	"github.com/amqpgen/amqpgen/model"
)

// fileWord makes a class name fit for the middle of a file name: no word that
// the go tool reads a meaning into may come last.
func fileWord(class string) string {
	word := strings.ReplaceAll(class, "-", "")
	switch word {
	case "test", "constants", "calls", "dispatch", "options":
		return word + "class"
	}
	if meansPlatform[word] {
		return word + "class"
	}
	return word
}

// meansPlatform holds the words that make a file name_<word>.go one for that
// system or processor only.
var meansPlatform = func() map[string]bool {
	words := map[string]bool{}
	for w := range strings.FieldsSeq(`aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd
		openbsd plan9 solaris wasip1 windows zos 386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle
		mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm unix`) {
		words[w] = true
	}
	return words
}()

func (p *planner) method(m *model.Method, content *Properties) *Method {
	out := &Method{
		Name:    GoName(m.Class.Name, m.Name),
		Wire:    m.FullName(),
		Class:   m.Class.Index,
		Index:   m.Index,
		Sent:    m.FromClient() || !m.FromServer(),
		Arrives: m.FromServer() || !m.FromClient(),
		Pos:     m.Pos,
	}
	out.Key = "key" + out.Name
	if m.Content {
		out.Content = content
	}
	p.claim(out.Name, "method "+out.Wire, m.Pos)
	fields := map[*model.Field]*Field{}
	names := map[string]string{}
	for _, f := range m.Fields {
		field := p.field(f)
		fields[f] = field
		p.claimField(names, field.Name, out.Wire+"."+f.Name, f.Pos)
		out.Fields = append(out.Fields, field)
		if f.Secret {
			out.Secrets = append(out.Secrets, field)
		}
	}
	out.Steps = steps(m.Layout, fields)
	out.Doc = document(out.Name, "the method "+out.Wire, m.Doc, facts(m))
	p.methods[m] = out
	return out
}

// methodsOfMethods are what a field of a method struct cannot be called.
var methodsOfMethods = map[string]bool{"ID": true, "String": true, "Format": true, "AppendBinary": true, "UnmarshalBinary": true}

func (p *planner) claimField(names map[string]string, name, what string, pos model.Pos) {
	if methodsOfMethods[name] {
		p.diags.Addf(pos, "%s would be %s in Go, a method that each method struct has", what, name)
	}
	if other := names[name]; other != "" {
		p.diags.Addf(pos, "%s would be %s in Go, and so would %s", what, name, other)
	}
	names[name] = what
}

// facts is the paragraph that each method's documentation ends with: number,
// direction, replies.
func facts(m *model.Method) string {
	var b strings.Builder
	fmt.Fprintf(&b, "It is method %d.%d, sent by %s", m.Class.Index, m.Index, senders(m))
	if m.Content {
		b.WriteString(" with content")
	}
	for i, r := range m.Replies {
		word := " and answered by "
		if i > 0 {
			word = " or "
		}
		b.WriteString(word + GoName(r.Class.Name, r.Name))
	}
	b.WriteString(".")
	return b.String()
}

func senders(m *model.Method) string {
	switch {
	case m.FromClient() && m.FromServer():
		return "either peer"
	case m.FromClient():
		return "the client"
	default:
		return "the server"
	}
}

func (p *planner) field(f *model.Field) *Field {
	if f.Type == model.Content && !p.rt.Reserved["TransferBody"] {
		p.diags.Addf(f.Pos, "field %s is of the type content, which the client's runtime has for message.transfer alone", f.Name)
	}
	return &Field{Name: GoName(f.Name), Wire: f.Name, Type: GoType(f), Kind: f.Type, Doc: Wrap(f.Doc)}
}

// GoType is the Go type of a field. Only what is a mistake to mix up gets a type
// of its own.
func GoType(f *model.Field) string {
	if f.Domain != nil {
		switch {
		case f.Domain.Name == "reply-code" && f.Type == model.Short:
			return "ReplyCode"
		case f.Domain.Name == "delivery-tag" && f.Type == model.LongLong:
			return "DeliveryTag"
		}
	}
	switch f.Type {
	case model.Bit:
		return "bool"
	case model.Octet:
		return "uint8"
	case model.Short:
		return "uint16"
	case model.Long:
		return "uint32"
	case model.LongLong:
		return "uint64"
	case model.Timestamp:
		return "Timestamp"
	case model.Table:
		return "Table"
	case model.Content:
		return "TransferBody"
	default:
		return "string"
	}
}

func steps(layout []model.Step, fields map[*model.Field]*Field) []Step {
	var out []Step
	for _, s := range layout {
		step := Step{Kind: s.Kind}
		for _, f := range s.Fields {
			step.Fields = append(step.Fields, fields[f])
		}
		out = append(out, step)
	}
	return out
}

func (p *planner) properties(cl *model.Class, constant string) *Properties {
	class := GoName(cl.Name)
	out := &Properties{Name: class + "Properties", Const: constant, Wire: cl.Name}
	out.Doc = Wrap(fmt.Sprintf("%s are the properties of %s content. A property is sent if its flag is set in Present or its value is not zero.", out.Name, cl.Name))
	p.claim(out.Name, "the properties of class "+cl.Name, cl.Pos)
	names := map[string]string{"Present": "the mask of flags", "ClassID": "the class of the properties"}
	for _, s := range cl.Layout {
		if s.Kind != model.StepProperty {
			continue
		}
		f := p.field(s.Fields[0])
		p.claimField(names, f.Name, cl.Name+"."+f.Wire, s.Fields[0].Pos)
		flag := Flag{Name: class + "Has" + f.Name, Bit: 16*s.Flag.Word + s.Flag.Bit, Field: f}
		p.claim(flag.Name, "property "+cl.Name+"."+f.Wire, s.Fields[0].Pos)
		out.Flags = append(out.Flags, flag)
		out.Steps = append(out.Steps, Step{Kind: s.Kind, Fields: []*Field{f}, Flag: flag.Name})
	}
	return out
}

// request plans the call that sends a method.
func (p *planner) request(m *model.Method) {
	out := p.methods[m]
	for _, r := range m.Replies {
		out.Replies = append(out.Replies, p.methods[r])
	}
	if !m.FromClient() || m.Runtime {
		return
	}
	req := &Request{Reply: noReply, SendsContent: m.Content, Named: m.Class.Spoken}
	for _, r := range m.Replies {
		req.GetsContent = req.GetsContent || r.Content
	}
	switch len(m.Replies) {
	case 0:
	case 1:
		req.Reply = out.Replies[0].Name
	default:
		req.Reply, req.Union = out.Name+"Reply", true
		p.claim(req.Reply, "the replies to "+out.Wire, m.Pos)
	}
	if f := m.NoWait(); f != nil {
		for _, field := range out.Fields {
			if field.Wire == f.Name {
				req.NoWait = field
			}
		}
	}
	out.Request = req
	if req.Named {
		p.claimCall(out.Name, m)
		if req.NoWait != nil {
			p.claimCall(out.Name+"NoWait", m)
		}
	}
}

// claimCall takes the name of a method of Channel, once.
func (p *planner) claimCall(name string, m *model.Method) {
	if p.rt.ChannelFuncs[name] {
		p.diags.Addf(m.Pos, "the call %s of method %s has the name of a method that the runtime's Channel has", name, m.FullName())
	}
	if other := p.calls[name]; other != "" {
		p.diags.Addf(m.Pos, "the call %s sends method %s, and also %s", name, m.FullName(), other)
	}
	p.calls[name] = m.FullName()
}
