package diff

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"github.com/amqpgen/amqpgen/model"
)

// head compares what stands before the classes.
func (c *comparer) head(a, b *model.Spec) {
	if !bytes.Equal(a.Header, b.Header) {
		c.add(Change{
			Kind: Changed, What: Header, Path: "protocol header",
			From: octets(a.Header), To: octets(b.Header),
			Wire: "incompatible: a broker that speaks only one answers the other with its own header, and hangs up",
			Go:   "none: Dial sends the header",
			Step: Major,
		})
	}
	if a.Port != b.Port {
		c.add(Change{
			Kind: Changed, What: Port, Path: "port",
			From: strconv.Itoa(a.Port), To: strconv.Itoa(b.Port),
			Wire: "none: the port is where a broker listens, not what is said",
			Go:   "none: who names no port may reach another one",
			Step: Minor,
		})
	}
	c.capabilities(a.Capabilities, b.Capabilities)
}

// capabilities compares what a client claims.
func (c *comparer) capabilities(a, b []string) {
	for _, name := range a {
		if !slices.Contains(b, name) {
			c.capability(Removed, name, "compatible: the server does without, as for a client that never had it")
		}
	}
	for _, name := range b {
		if !slices.Contains(a, name) {
			c.capability(Added, name, "compatible: a server that knows it uses it, others pass it over")
		}
	}
}

func (c *comparer) capability(kind Kind, name, wire string) {
	ch := Change{Kind: kind, What: Claim, Path: name, Wire: wire, Go: "none: Dial claims what there is", Step: Minor}
	if kind == Added {
		ch.To = "claimed"
	} else {
		ch.From = "claimed"
	}
	c.add(ch)
}

func octets(header []byte) string {
	if len(header) == 0 {
		return "unknown"
	}
	return fmt.Sprintf("% x", header)
}

// constants compares named numbers: by name, and those that remain by value.
func (c *comparer) constants(a, b []*model.Constant) {
	named, valued := constantsBy(b)
	old, _ := constantsBy(a)
	met := map[*model.Constant]bool{}
	for _, was := range a {
		is := named[was.Name]
		if is == nil {
			is = successor(was, valued[was.Value], old, met)
		}
		met[is] = true
		c.constant(was, is)
	}
	for _, is := range b {
		if !met[is] {
			c.constant(nil, is)
		}
	}
}

// constantsBy indexes constants by name and by value.
func constantsBy(all []*model.Constant) (named map[string]*model.Constant, valued map[int][]*model.Constant) {
	named, valued = map[string]*model.Constant{}, map[int][]*model.Constant{}
	for _, k := range all {
		named[k.Name] = k
		valued[k.Value] = append(valued[k.Value], k)
	}
	return named, valued
}

// successor finds the constant that a lost one is called now: one of the same
// value and sort, with a name that is new, which has no other forebear.
func successor(was *model.Constant, same []*model.Constant, old map[string]*model.Constant, met map[*model.Constant]bool) *model.Constant {
	for _, is := range same {
		if !met[is] && old[is.Name] == nil && is.IsReplyCode() == was.IsReplyCode() {
			return is
		}
	}
	return nil
}

// constant compares one constant with itself; nil is one that is not there.
func (c *comparer) constant(was, is *model.Constant) {
	switch {
	case is == nil:
		c.removedConstant(was)
	case was == nil:
		c.addedConstant(is)
	default:
		c.keptConstant(was, is)
	}
}

func (c *comparer) keptConstant(was, is *model.Constant) {
	name := c.constantName(is)
	if was.Name != is.Name {
		c.add(Change{
			Kind: Renamed, What: Constant, Path: was.Name, From: was.Name, To: is.Name,
			Wire: "none: names do not travel",
			Go:   fmt.Sprintf("%s becomes %s", c.constantName(was), name),
			Step: Major,
		})
	}
	if was.Value != is.Value {
		c.add(Change{
			Kind: Renumbered, What: Constant, Path: was.Name, From: strconv.Itoa(was.Value), To: strconv.Itoa(is.Value),
			Wire: "incompatible: the two sides mean different things by one number",
			Go:   name + " keeps its name and has another value",
			Step: Major,
		})
	}
	if was.Class != is.Class {
		c.severity(was, is)
	}
}

// severity reports a reply code that closes another thing than it did.
func (c *comparer) severity(was, is *model.Constant) {
	ch := Change{
		Kind: Changed, What: Constant, Path: was.Name, From: orNone(was.Class), To: orNone(is.Class),
		Wire: "incompatible: the code closes another thing than it did: a channel if soft, the connection if hard",
		Go:   fmt.Sprintf("none: which close method arrives decides, not %s", c.constantName(is)),
		Step: Minor,
	}
	if before, now := c.constantName(was), c.constantName(is); before != now && was.Name == is.Name {
		ch.Go, ch.Step = fmt.Sprintf("%s becomes %s", before, now), Major
	}
	c.add(ch)
}

func (c *comparer) removedConstant(was *model.Constant) {
	wire := fmt.Sprintf("incompatible: %d has no meaning any more", was.Value)
	if was.IsReplyCode() {
		wire = fmt.Sprintf("compatible: a peer may still send %d; it arrives as a number without a name", was.Value)
	}
	c.add(Change{
		Kind: Removed, What: Constant, Path: was.Name, From: valueOf(was),
		Wire: wire, Go: c.constantName(was) + " goes", Step: Major,
	})
}

func (c *comparer) addedConstant(is *model.Constant) {
	wire := fmt.Sprintf("compatible: a peer of before does not know %d", is.Value)
	if is.IsReplyCode() {
		wire = fmt.Sprintf("compatible: brokers may have sent %d before; reply codes are an open set", is.Value)
	}
	c.add(Change{
		Kind: Added, What: Constant, Path: is.Name, To: valueOf(is),
		Wire: wire, Go: c.constantName(is) + " is new", Step: Minor,
	})
}

func valueOf(k *model.Constant) string {
	if k.Class == "" {
		return strconv.Itoa(k.Value)
	}
	return fmt.Sprintf("%d, %s", k.Value, k.Class)
}

// constantName gives the Go name. Errors have a prefix there.
func (c *comparer) constantName(k *model.Constant) string {
	if k.Class != "" {
		return "Reply" + c.goName(k.Name)
	}
	return c.goName(k.Name)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// domains compares the domains that are more than another word for a type.
func (c *comparer) domains(a, b []*model.Domain) {
	before, after := domainsByName(a), domainsByName(b)
	for _, was := range a {
		switch is := after[was.Name]; {
		case before[was.Name] == nil:
		case is == nil:
			c.domain(Removed, was.Name, was.Type.String(), "")
		case was.Type != is.Type:
			c.domain(Retyped, was.Name, was.Type.String(), is.Type.String())
		}
	}
	for _, is := range b {
		if after[is.Name] != nil && before[is.Name] == nil {
			c.domain(Added, is.Name, "", is.Type.String())
		}
	}
}

func domainsByName(all []*model.Domain) map[string]*model.Domain {
	out := map[string]*model.Domain{}
	for _, d := range all {
		if model.TypeByName(d.Name) == model.Invalid {
			out[d.Name] = d
		}
	}
	return out
}

func (c *comparer) domain(kind Kind, name, from, to string) {
	c.add(Change{
		Kind: kind, What: Domain, Path: name, From: from, To: to,
		Wire: "none: types travel, domains do not",
		Go:   "none: see the fields",
		Step: Patch,
	})
}
