package parser

import (
	"slices"
	"strings"

	"github.com/amqpgen/amqpgen/model"
)

// An overlay is XML in the specification's own vocabulary under a root
// <overlay>. It is merged into the specification's tree before that is read,
// so that whatever a specification can say, an overlay can say too. Its
// elements find those of the specification by their path of names. README.md
// beside the bundled overlays tells the rules.
const (
	overlayMode  = "overlay"        // attribute: change, remove
	overlayAfter = "overlay-after"  // attribute: the sibling that a new element follows
	overlayName  = "overlay-rename" // attribute: the element's new name
	modeChange   = "change"
	modeRemove   = "remove"
)

// needed names an attribute that an element has if it says something new, and
// lacks if it is only the way to something within it.
var needed = map[string][]string{
	"class": {"index"}, "method": {"index"}, "constant": {"value"}, "domain": {"type"}, "field": {"type", "domain"},
}

// merger merges one overlay into one specification.
type merger struct {
	diags   *model.Diags
	skip    bool // pass over what the specification lacks
	effects int
}

// overlay merges an overlay's tree into that of a specification.
func (b *builder) overlay(spec, root *node, ident model.Ident) {
	c := b.claim(root)
	if root.name != "overlay" {
		c.addf(root.pos, "the root element is <%s>; an overlay has <overlay>", root.name)
		return
	}
	if c.find("major") != nil || c.find("minor") != nil {
		if id := c.ident(); id != ident {
			c.addf(root.pos, "the overlay is for AMQP %s; the specification is %s", id, ident)
			return
		}
	}
	m := &merger{diags: b.diags, skip: c.oneOf("missing", "skip") != ""}
	before := len(*b.diags)
	m.children(spec, root, "")
	for _, child := range root.children {
		child.claimed = true
	}
	c.close()
	if m.effects == 0 && len(*b.diags) == before && !m.skip {
		c.addf(root.pos, "the overlay changes nothing")
	}
}

// children merges the children of an overlay's element into those of its twin.
// path names the twin, for findings.
func (m *merger) children(target, patch *node, path string) {
	seen := map[string]*node{}
	for _, p := range patch.children {
		key := p.key()
		if first := seen[key]; first != nil && key != "" {
			m.diags.Addf(p.pos, "the overlay names %s twice, first at %s", describe(p, path), first.pos)
			continue
		}
		seen[key] = p
		m.child(target, p, path)
	}
}

// child merges one element of an overlay.
func (m *merger) child(target, p *node, path string) {
	mode := m.mode(p)
	if p.name == "doc" {
		m.doc(target, p, mode, path)
		return
	}
	twin := target.twin(p)
	switch {
	case twin == nil && (mode != "" || isWay(p)):
		if !m.skip {
			m.diags.Addf(p.pos, "the specification has no %s", describe(p, path))
		}
	case twin == nil:
		m.insert(target, p, path)
	case mode == modeRemove:
		target.children = slices.DeleteFunc(target.children, func(n *node) bool { return n == twin })
		m.effects++
	default:
		m.merge(twin, p, mode, path)
	}
}

// merge adds to the twin what the overlay's element says; if that is nothing
// new, there is no reason for it.
func (m *merger) merge(twin, p *node, mode, path string) {
	effects, findings := m.effects, len(*m.diags)
	m.attributes(twin, p, mode, path)
	m.children(twin, p, path+p.label()+".")
	if m.effects == effects && len(*m.diags) == findings && !m.skip {
		m.diags.Addf(p.pos, "%s says nothing that the specification does not, at %s", describe(p, path), twin.pos)
	}
}

// doc adds a paragraph of documentation, or puts it in the place of what there
// is; in a stripped file that is nothing.
func (m *merger) doc(target, p *node, mode, path string) {
	isDoc := func(n *node) bool { return n.name == "doc" }
	if mode == modeRemove && !slices.ContainsFunc(target.children, isDoc) {
		m.diags.Addf(p.pos, "there is no %s to remove", describe(p, path))
		return
	}
	if mode != "" {
		target.children = slices.DeleteFunc(target.children, isDoc)
		m.effects++
	}
	if mode != modeRemove {
		m.insert(target, p, path)
	}
}

// mode takes the overlay's own attribute off an element.
func (m *merger) mode(p *node) string {
	mode, pos := p.takeAttr(overlayMode)
	if mode != "" && mode != modeChange && mode != modeRemove {
		m.diags.Addf(pos, "<%s>: %s is %q; it is change or remove", p.name, overlayMode, mode)
	}
	return mode
}

// insert adds a new element: after the sibling that it names, or else behind
// the last of its kind.
func (m *merger) insert(target, p *node, path string) {
	m.effects++
	after, pos := p.takeAttr(overlayAfter)
	last := -1
	for i, n := range target.children {
		if n.name == p.name && (after == "" || model.Normalize(n.attrValue("name")) == model.Normalize(after)) {
			last = i
		}
	}
	if after != "" && last < 0 {
		m.diags.Addf(pos, "there is no <%s> called %q to put %s behind", p.name, after, describe(p, path))
	}
	if last < 0 && p.name != "doc" { // documentation comes first
		last = len(target.children) - 1
	}
	target.children = slices.Insert(target.children, last+1, p)
}

// attributes gives the twin what the overlay's element says of it.
func (m *merger) attributes(twin, p *node, mode, path string) {
	for _, a := range p.attrs {
		have := twin.attr(a.name)
		switch {
		case a.name == overlayName && mode == modeChange:
			name := twin.attr("name")
			name.value, name.pos = a.value, a.pos
			m.effects++
		case a.name == overlayAfter:
			m.diags.Addf(a.pos, "%s exists already, at %s, and is not moved", describe(p, path), twin.pos)
		case have == nil:
			if other := otherType[a.name]; mode == modeChange && other != "" {
				twin.takeAttr(other)
			}
			twin.attrs = append(twin.attrs, a)
			m.effects++
		case sameValue(a, *have):
		case mode == modeChange:
			*have = a
			m.effects++
		default:
			m.diags.Addf(a.pos, "%s has %s %q, at %s; %s=%q replaces it", describe(p, path), a.name, have.value, have.pos, overlayMode, modeChange)
		}
	}
}

// otherType pairs the two attributes of which a field has one.
var otherType = map[string]string{"type": "domain", "domain": "type"}

// sameValue compares names as the specification does.
func sameValue(a, b attr) bool {
	return a.value == b.value || a.name == "name" && model.Normalize(a.value) == model.Normalize(b.value)
}

// isWay tells an element that only leads to others.
func isWay(p *node) bool {
	attrs := needed[p.name]
	return len(attrs) > 0 && !slices.ContainsFunc(attrs, func(a string) bool { return p.attr(a) != nil })
}

// describe names an element by its path.
func describe(p *node, path string) string {
	if p.attr("name") == nil {
		return strings.TrimSuffix("<"+p.name+"> of "+strings.TrimSuffix(path, "."), " of ")
	}
	return p.name + " " + path + p.label()
}

// label is the element's name attribute, normalised, or its own name.
func (n *node) label() string {
	if name := n.attrValue("name"); name != "" {
		return model.Normalize(name)
	}
	return n.name
}

// key tells siblings apart; empty for those that need not differ.
func (n *node) key() string {
	switch n.name {
	case "class", "method", "field", "constant", "domain", "response", "chassis", "protocol", "capability":
		return n.name + " " + n.label()
	}
	return ""
}

// twin finds the child that an overlay's element means.
func (n *node) twin(p *node) *node {
	key := p.key()
	if key == "" {
		return nil
	}
	for _, child := range n.children {
		if child.key() == key {
			return child
		}
	}
	return nil
}

func (n *node) attr(name string) *attr {
	for i := range n.attrs {
		if n.attrs[i].name == name {
			return &n.attrs[i]
		}
	}
	return nil
}

func (n *node) attrValue(name string) string {
	if a := n.attr(name); a != nil {
		return a.value
	}
	return ""
}

// takeAttr removes an attribute and returns its value and place.
func (n *node) takeAttr(name string) (string, model.Pos) {
	a := n.attr(name)
	if a == nil {
		return "", n.pos
	}
	value, pos := a.value, a.pos
	n.attrs = slices.DeleteFunc(n.attrs, func(a attr) bool { return a.name == name })
	return value, pos
}
