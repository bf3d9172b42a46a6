// Package model says what an AMQP specification says, in the specification's
// own terms: no Go name, no file format and no generator decision is in it.
//
// A [Spec] is the head that every family of specifications shares; its Body
// is [Classic] for the class and method family (0-8, 0-9, 0-9-1 and the
// vendors' variants of them). The parser builds a model, [Classic.Resolve]
// ties its names together, checks it and computes the wire layout as a list
// of steps, which every consumer reads instead of working it out anew.
package model

import "fmt"

// Spec is one AMQP specification.
type Spec struct {
	Ident
	File      string // the file it was read from, as the caller named it
	Pos       Pos    // of the root element
	Port      int    // the registered TCP port; 0 if the spec names none
	Doc       string
	Header    []byte // what a client sends first; no XML says it, a facts overlay does
	Constants []*Constant
	// Capabilities are what a client claims in connection.start-ok; overlays say them.
	Capabilities []string
	Body         Body
	Sources      []Source // the files that it was made of
	Part         *Part    // what a subset of a specification holds; nil for a whole one
}

// Source identifies a file by what is in it.
type Source struct {
	Kind   string // spec or overlay
	Digest string // SHA-256 of its octets, in hexadecimal
}

// Body is what a spec defines beyond its head. The set of implementations is
// closed: one per family of specifications.
type Body interface {
	body()
}

// Ident tells specifications apart. AMQP 0-8 calls itself major 8, minor 0;
// its successors call themselves 0-9.
type Ident struct {
	Major, Minor, Revision int
}

// String gives the name people use: 0-8, 0-9, 0-9-1.
func (id Ident) String() string {
	major, minor := id.Major, id.Minor
	if minor == 0 && major > 1 {
		major, minor = 0, major
	}
	if id.Revision != 0 {
		return fmt.Sprintf("%d-%d-%d", major, minor, id.Revision)
	}
	return fmt.Sprintf("%d-%d", major, minor)
}

// Constant is a named number: a frame type, a size, or a reply code.
type Constant struct {
	Name  string
	Value int
	Class string // soft-error, hard-error, or empty
	Doc   string
	Pos   Pos
}

// IsReplyCode reports whether the constant is a reply code, as opposed to one
// of framing. Specs mark errors as such, and name the one code for success.
func (c *Constant) IsReplyCode() bool {
	return c.Class != "" || c.Name == "reply-success"
}
