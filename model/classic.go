package model

import "strings"

// Classic is the body of the 0-8 family: classes of methods with fields.
type Classic struct {
	Domains []*Domain
	Classes []*Class
	Notes   Diags // what Resolve inferred, for a person to see
}

func (*Classic) body() {}

// Class returns the class of that name, or nil.
func (c *Classic) Class(name string) *Class {
	for _, cl := range c.Classes {
		if cl.Name == name {
			return cl
		}
	}
	return nil
}

// Method returns the method of a dotted name such as queue.declare, or nil.
func (c *Classic) Method(dotted string) *Method {
	class, method, _ := strings.Cut(dotted, ".")
	if cl := c.Class(class); cl != nil {
		return cl.Method(method)
	}
	return nil
}

// Domain names a type, for fields that mean the same thing.
type Domain struct {
	Name     string
	TypeName string // as the spec gives it: an elementary type, or another domain
	Type     Type   // resolved
	Asserts  []Assert
	Doc      string
	Pos      Pos
}

// Class groups methods about one thing, and the properties of the content
// that some of them carry.
type Class struct {
	Name       string
	Index      int // 0 to 65535
	Handler    string
	Chassis    Chassis
	Properties []*Field // of content, in flag order
	Methods    []*Method
	Spoken     bool // brokers implement it; a facts overlay says so
	Doc        string
	Pos        Pos

	Layout []Step // of a content header's flags and properties
}

// Method returns the method of that name, or nil.
func (c *Class) Method(name string) *Method {
	for _, m := range c.Methods {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// HasContent reports whether a method of the class carries content.
func (c *Class) HasContent() bool {
	for _, m := range c.Methods {
		if m.Content {
			return true
		}
	}
	return len(c.Properties) > 0
}

// Method is one message of the protocol.
type Method struct {
	Class       *Class
	Name        string
	Index       int // 0 to 65535
	Synchronous bool
	Content     bool // a content header and body follow it
	Deprecated  bool
	Chassis     Chassis
	Fields      []*Field
	Replies     []*Method // what may answer it, resolved
	ReplyNames  []Ref     // the same as the spec gives it
	Runtime     bool      // the client's runtime sends it, its user does not; a facts overlay says so
	Doc         string
	Pos         Pos

	Layout []Step // of the arguments
}

// FullName gives class.method.
func (m *Method) FullName() string { return m.Class.Name + "." + m.Name }

// FromClient reports whether a client may send the method.
func (m *Method) FromClient() bool { return m.Chassis.Server != "" }

// FromServer reports whether a server may send the method.
func (m *Method) FromServer() bool { return m.Chassis.Client != "" }

// NoWait returns the field that waives the reply, or nil.
func (m *Method) NoWait() *Field {
	for _, f := range m.Fields {
		if f.Type == Bit && (f.Name == "nowait" || f.Name == "no-wait") {
			return f
		}
	}
	return nil
}

// Chassis says what each peer must implement: MUST, SHOULD, MAY, or empty for
// not at all. Of a method it says who must be able to receive it, hence who
// sends it.
type Chassis struct {
	Server, Client string
}

// Ref is a name that refers to something else in the spec.
type Ref struct {
	Name string
	Pos  Pos
}

// Field is an argument of a method, or a property of content.
type Field struct {
	Name     string
	TypeName string // as the spec gives it: an elementary type or a domain
	ByDomain bool   // the spec says domain and not type, so it must declare it
	Type     Type   // resolved
	Domain   *Domain
	Reserved bool
	Secret   bool // must never be printed; a facts overlay says so
	Asserts  []Assert
	Doc      string
	Pos      Pos
}

// Assert is a constraint that the spec states. It is documentation: brokers
// contradict several of the published ones, so nothing enforces them.
type Assert struct {
	Check  string
	Value  string
	Rule   string
	Method string
	Field  string
	Values []string // of check enum
}

// Type is an elementary wire type.
type Type uint8

// The elementary types of the family.
const (
	Invalid   Type = iota
	Bit            // one bit, packed with its neighbours
	Octet          // 8 bits
	Short          // 16 bits
	Long           // 32 bits
	LongLong       // 64 bits
	ShortStr       // up to 255 octets
	LongStr        // up to 2^32-1 octets
	Timestamp      // 64 bits of seconds since 1970
	Table          // named values
	Content        // of 0-9's class message: an octet, then data or a reference to it
)

var typeNames = [...]string{"invalid", "bit", "octet", "short", "long", "longlong", "shortstr", "longstr", "timestamp", "table", "content"}

// String gives the spec's word for the type.
func (t Type) String() string { return typeNames[t] }

// TypeByName returns the elementary type of a normalised name, or Invalid.
func TypeByName(name string) Type {
	for t, n := range typeNames[1:] {
		if n == name {
			return Type(t + 1)
		}
	}
	return Invalid
}

// Normalize makes one spelling of the several in use: lower case, hyphens
// for spaces and underscores.
func Normalize(name string) string {
	return strings.ToLower(strings.NewReplacer(" ", "-", "_", "-").Replace(strings.TrimSpace(name)))
}
