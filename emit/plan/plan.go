// Package plan lowers a specification to Go. Every decision about the output
// is taken here: names, Go types, which file holds what, which features the
// package has. The printer prints the plan and decides nothing.
package plan

import (
	"fmt"

	"github.com/amqpgen/amqpgen/model"
)

// Package is the plan of a generated package.
type Package struct {
	Name      string
	Spec      *model.Spec
	Part      Paragraphs // what it holds; empty if all of the spec
	Frames    []Constant
	Replies   []Constant
	Header    []byte
	Classes   []*Class
	Options   []*Options
	OnChannel []Hook // methods from the server that the runtime takes in hand
	OnConn    []Hook
	OnStart   []Hook // the same while the connection is being set up
}

// Constant is a named number.
type Constant struct {
	Name  string
	Wire  string
	Value int
	Doc   Paragraphs
}

// Class is one file of the output.
type Class struct {
	File       string // spec_queue.go
	Const      string // ClassQueue
	Wire       string // queue
	Index      int
	Doc        Paragraphs
	Methods    []*Method
	Properties *Properties // nil if no method of the class carries content
}

// Method is a method struct with its codec, and the call that sends it.
type Method struct {
	Name    string // QueueDeclare
	Key     string // keyQueueDeclare
	Wire    string // queue.declare
	Class   int
	Index   int
	Doc     Paragraphs
	Fields  []*Field
	Steps   []Step
	Secrets []*Field
	Replies []*Method
	Request *Request // nil if no user of a client sends it
	Sent    bool     // clients send it
	Arrives bool     // servers send it
	Content *Properties
	Pos     model.Pos
}

// Request says how a client's user sends a method.
type Request struct {
	Reply        string // QueueDeclareOK, BasicGetReply, or NoReply
	Union        bool   // Reply is an interface of several methods
	SendsContent bool
	GetsContent  bool
	Named        bool   // a method of Channel sends it
	NoWait       *Field // waives the reply
}

// HasReply reports whether an answer comes.
func (r *Request) HasReply() bool { return r.Reply != noReply }

// WithContent reports whether content goes either way.
func (r *Request) WithContent() bool { return r.SendsContent || r.GetsContent }

// Field is a field of a method or properties struct.
type Field struct {
	Name string // RoutingKey
	Wire string // routing-key
	Type string // the Go type
	Kind model.Type
	Doc  Paragraphs
}

// Step is a step of the wire layout, over the plan's fields.
type Step struct {
	Kind   model.StepKind
	Fields []*Field
	Flag   string // BasicHasPriority
}

// Properties is the properties struct of a content class.
type Properties struct {
	Name  string // BasicProperties
	Const string // ClassBasic
	Wire  string
	Doc   Paragraphs
	Steps []Step // the properties alone
	Flags []Flag
}

// Flag is the presence flag of a property.
type Flag struct {
	Name  string // BasicHasPriority
	Bit   int    // of PropertyFlags
	Field *Field
	Doc   Paragraphs
}

// Hook ties a method from the server to the runtime's code for it.
type Hook struct {
	Key, Func string // keyBasicDeliver, onBasicDeliver
}

const noReply = "NoReply"

// Runtime is what the plan must know of the runtime that goes with it.
type Runtime struct {
	Reserved     map[string]bool // its package-level identifiers
	ChannelFuncs map[string]bool // methods of its Channel
	ConnFuncs    map[string]bool // methods of its Connection
	StartFuncs   map[string]bool // methods of its handshake
}

// New plans the package. An error is a [model.Diags]: names that clash, with
// the place in the specification of each. The plan beside it has all names and
// is good for looking them up, not for printing.
func New(spec *model.Spec, name string, rt Runtime) (*Package, error) {
	body, ok := spec.Body.(*model.Classic)
	if !ok {
		return nil, fmt.Errorf("AMQP %s: a specification of this family cannot be planned", spec.Ident)
	}
	p := &planner{
		pkg:     &Package{Name: name, Spec: spec, Part: part(spec.Part), Header: spec.Header},
		rt:      rt,
		taken:   map[string]string{"ReplyCode": "the type of reply codes", "NewMethod": "the function that makes methods"},
		files:   map[string]string{},
		calls:   map[string]string{},
		methods: map[*model.Method]*Method{},
	}
	p.constants(spec)
	for _, cl := range body.Classes {
		p.class(cl)
	}
	for _, cl := range body.Classes {
		for _, m := range cl.Methods {
			p.request(m)
		}
	}
	p.options(body)
	p.hooks()
	if spec.Header == nil {
		p.diags.Addf(spec.Pos, "no overlay gives the protocol header of AMQP %s; add <protocol header=…/> to one", spec.Ident)
	}
	return p.pkg, p.diags.Err()
}

// planner collects the plan and its findings.
type planner struct {
	pkg     *Package
	rt      Runtime
	taken   map[string]string // package-level Go name → what has it
	files   map[string]string // file → the class that it holds
	calls   map[string]string // method of Channel → the method that it sends
	methods map[*model.Method]*Method
	diags   model.Diags
}

// claim takes a package-level name, once.
func (p *planner) claim(name, what string, pos model.Pos) {
	switch {
	case p.rt.Reserved[name]:
		p.diags.Addf(pos, "%s would be %s in Go, a name that the client's runtime has", what, name)
	case p.taken[name] != "":
		p.diags.Addf(pos, "%s would be %s in Go, and so would %s", what, name, p.taken[name])
	}
	p.taken[name] = what
}

func (p *planner) constants(spec *model.Spec) {
	for _, c := range spec.Constants {
		out := Constant{Name: GoName(c.Name), Wire: c.Name, Value: c.Value}
		is := fmt.Sprintf("the constant %s, %d", c.Name, c.Value)
		if !c.IsReplyCode() {
			out.Doc = document(out.Name, is, c.Doc)
			p.pkg.Frames = append(p.pkg.Frames, out)
		} else {
			if c.Name != "reply-success" {
				out.Name = "Reply" + out.Name
			}
			out.Doc = document(out.Name, is, c.Doc)
			p.pkg.Replies = append(p.pkg.Replies, out)
		}
		p.claim(out.Name, "constant "+c.Name, c.Pos)
	}
}

func (p *planner) class(cl *model.Class) {
	out := &Class{
		File:  "spec_" + fileWord(cl.Name) + ".go",
		Const: "Class" + GoName(cl.Name),
		Wire:  cl.Name,
		Index: cl.Index,
	}
	out.Doc = which(out.Const, "the number of class "+cl.Name, cl.Doc)
	p.claim(out.Const, "class "+cl.Name, cl.Pos)
	if other := p.files[out.File]; other != "" {
		p.diags.Addf(cl.Pos, "class %s goes to the file %s, and so does class %s", cl.Name, out.File, other)
	}
	p.files[out.File] = cl.Name
	if cl.HasContent() {
		out.Properties = p.properties(cl, out.Const)
	}
	for _, m := range cl.Methods {
		out.Methods = append(out.Methods, p.method(m, out.Properties))
	}
	p.pkg.Classes = append(p.pkg.Classes, out)
}

// hooks finds the runtime's functions for the spec's methods. A method that it
// has one for arrives, whatever the spec says of who sends it, and what arrives
// is answered.
func (p *planner) hooks() {
	for _, cl := range p.pkg.Classes {
		for _, m := range cl.Methods {
			name := hook(m)
			m.Arrives = m.Arrives || p.rt.ChannelFuncs[name] || p.rt.ConnFuncs[name] || p.rt.StartFuncs[name]
			for _, r := range m.Replies {
				r.Sent = r.Sent || m.Arrives
			}
			if p.rt.ChannelFuncs[name] {
				p.pkg.OnChannel = append(p.pkg.OnChannel, Hook{m.Key, name})
			} else if p.rt.ConnFuncs[name] {
				p.pkg.OnConn = append(p.pkg.OnConn, Hook{m.Key, name})
			}
			if p.rt.StartFuncs[name] {
				p.pkg.OnStart = append(p.pkg.OnStart, Hook{m.Key, name})
			}
		}
	}
}

// hook is what the runtime calls its function for a method.
func hook(m *Method) string { return "on" + m.Name }
