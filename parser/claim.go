package parser

import (
	"slices"
	"strconv"
	"strings"

	"github.com/amqpgen/amqpgen/model"
)

// claim reads one element. What it does not ask for by the time of close is a
// finding, so that nothing in a file is passed over in silence.
type claim struct {
	*node
	diags *model.Diags
	text  bool // bare text was asked for
}

func (b *builder) claim(n *node) *claim {
	n.claimed = true
	return &claim{node: n, diags: b.diags}
}

func (c *claim) addf(pos model.Pos, format string, args ...any) {
	c.diags.Addf(pos, format, args...)
}

// find claims an attribute; nil if the element lacks it.
func (c *claim) find(name string) *attr {
	for i := range c.attrs {
		if c.attrs[i].name == name {
			c.attrs[i].claimed = true
			return &c.attrs[i]
		}
	}
	return nil
}

// optional returns an attribute's value, or the empty string.
func (c *claim) optional(name string) string {
	if a := c.find(name); a != nil {
		return a.value
	}
	return ""
}

// required is optional with a finding if the attribute is absent.
func (c *claim) required(name string) (string, model.Pos) {
	a := c.find(name)
	if a == nil {
		c.addf(c.pos, "<%s> lacks the attribute %s", c.node.name, name)
		return "", c.pos
	}
	return a.value, a.pos
}

// nameAttr returns a required attribute that names something, normalised.
// A name is letters, digits, spaces, hyphens and underscores and begins with
// a letter: then no output, in any language, can be broken by it.
func (c *claim) nameAttr(attribute string) string {
	value, pos := c.required(attribute)
	name := model.Normalize(value)
	if name == "" {
		if c.find(attribute) != nil {
			c.addf(pos, "<%s>: the attribute %s is empty", c.node.name, attribute)
		}
		return ""
	}
	const longest = 127
	if len(name) > longest {
		c.addf(pos, "<%s>: %s has %d octets; a name has at most %d", c.node.name, attribute, len(name), longest)
		return ""
	}
	if !isName(name) || strings.ContainsFunc(value, unprintable) {
		c.addf(pos, "<%s>: %s %q is no name: letters, digits, spaces and hyphens, a letter first", c.node.name, attribute, value)
		return ""
	}
	return name
}

func isName(name string) bool {
	for i, r := range name {
		letter := 'a' <= r && r <= 'z'
		if !letter && (i == 0 || r != '-' && (r < '0' || r > '9')) {
			return false
		}
	}
	return true
}

// unprintable tells what is not ASCII to be seen. Lower case would make an
// ASCII letter of some.
func unprintable(r rune) bool { return r < ' ' || r > '~' }

// noNumber stands for a number that was a finding.
const noNumber = -1

// number returns a required decimal attribute within bounds, or noNumber.
func (c *claim) number(name string, low, high int) int {
	value, pos := c.required(name)
	if c.find(name) == nil {
		return noNumber
	}
	return c.decimal(name, value, pos, low, high)
}

// optionalNumber is number with a value for absence.
func (c *claim) optionalNumber(name string, absent, low, high int) int {
	a := c.find(name)
	if a == nil {
		return absent
	}
	return c.decimal(name, a.value, a.pos, low, high)
}

func (c *claim) decimal(name, value string, pos model.Pos, low, high int) int {
	n, err := strconv.Atoi(value)
	if err != nil || n < low || n > high || strings.Trim(value, "0123456789") != "" {
		c.addf(pos, "<%s>: %s is %q; it is a decimal number from %d to %d", c.node.name, name, value, low, high)
		return noNumber
	}
	return n
}

// flag returns an attribute that is "1", "0" or absent.
func (c *claim) flag(name string) bool {
	a := c.find(name)
	if a == nil || a.value == "0" {
		return false
	}
	if a.value != "1" {
		c.addf(a.pos, "<%s>: %s is %q; it is 1 or 0", c.node.name, name, a.value)
	}
	return true
}

// oneOf returns an optional attribute out of a few words.
func (c *claim) oneOf(name string, words ...string) string {
	a := c.find(name)
	if a == nil {
		return ""
	}
	value := model.Normalize(a.value)
	for _, w := range words {
		if value == model.Normalize(w) {
			return w
		}
	}
	c.addf(a.pos, "<%s>: %s is %q; it is one of %s", c.node.name, name, a.value, strings.Join(words, ", "))
	return ""
}

// each claims the children of one name, in order.
func (c *claim) each(name string, do func(*node)) {
	for _, child := range c.children {
		if child.name == name {
			child.claimed = true
			do(child)
		}
	}
}

// has reports whether there is a child of that name.
func (c *claim) has(name string) bool {
	return slices.ContainsFunc(c.children, func(n *node) bool { return n.name == name })
}

// bareText claims the text between the children.
func (c *claim) bareText() string {
	c.text = true
	return c.node.text
}

// close reports what nobody claimed.
func (c *claim) close() {
	for _, a := range c.attrs {
		if !a.claimed {
			c.addf(a.pos, "unknown attribute %s of <%s>", a.name, c.node.name)
		}
	}
	for _, child := range c.children {
		if !child.claimed {
			c.addf(child.pos, "unknown element <%s> in <%s>", child.name, c.node.name)
		}
	}
	if !c.text && c.node.text != "" {
		c.addf(c.pos, "text in <%s>: %s", c.node.name, abbreviated(c.node.text))
	}
}
