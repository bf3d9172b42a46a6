package diff

import (
	"fmt"
	"strings"

	"github.com/amqpgen/amqpgen/model"
)

// methods compares the methods of a class, which have been paired.
func (c *comparer) methods(a, b *model.Class) {
	for _, was := range a.Methods {
		switch is := c.pair[was]; {
		case is != nil:
			c.method(was, is)
		case b.Method(was.Name) != nil:
			c.reused(was, b.Method(was.Name), was)
		default:
			c.removedMethod(was)
		}
	}
	for _, is := range b.Methods {
		switch old := a.Method(is.Name); {
		case c.pair[is] != nil:
		case old == nil:
			c.addedMethod(is)
		default:
			c.reused(old, is, is)
		}
	}
}

func (c *comparer) method(was, is *model.Method) {
	if was.Name != is.Name {
		c.renamedMethod(was, is)
	}
	if was.Index != is.Index {
		c.renumberedMethod(was, is)
	}
	c.flags(was, is)
	c.direction(was, is)
	c.call(was, is)
	c.replies(was, is)
	c.fields(was, is)
}

func (c *comparer) structName(m *model.Method) string { return c.goName(m.Class.Name, m.Name) }

func (n number) String() string { return fmt.Sprintf("%d.%d", n.class, n.method) }

// meaning says what a number was and is, on either side.
func (c *comparer) meaning(n number) string {
	return fmt.Sprintf("number %s meant %s and now means %s", n, nameAt(c.before, n), nameAt(c.after, n))
}

func nameAt(methods map[number]*model.Method, n number) string {
	if m := methods[n]; m != nil {
		return m.FullName()
	}
	return nothing
}

func (c *comparer) addedMethod(is *model.Method) {
	n := numberOf(is)
	ch := Change{
		Kind: Added, What: Method, Path: is.FullName(), To: n.String(),
		Wire: fmt.Sprintf("compatible: number %s meant nothing; only a peer that knows it may be sent it", n),
		Go:   c.structName(is) + " is new",
		Step: Minor,
	}
	if c.before[n] != nil {
		ch.Wire, ch.Step = "incompatible: "+c.meaning(n), Major
	}
	c.add(ch)
}

func (c *comparer) removedMethod(was *model.Method) {
	n := numberOf(was)
	c.add(Change{
		Kind: Removed, What: Method, Path: was.FullName(), From: n.String(),
		Wire: "incompatible: " + c.meaning(n),
		Go:   c.structName(was) + " goes",
		Step: Major,
	})
}

// renamedMethod also says what the two names are on the other side.
func (c *comparer) renamedMethod(was, is *model.Method) {
	becomes := fmt.Sprintf("%s becomes %s", c.structName(was), c.structName(is))
	if old := was.Class.Method(is.Name); old != nil {
		becomes += fmt.Sprintf(", which was the name of %s", numberOf(old))
	}
	if now := is.Class.Method(was.Name); now != nil {
		becomes += fmt.Sprintf("; %s is now the name of %s", c.structName(now), numberOf(now))
	}
	c.add(Change{
		Kind: Renamed, What: Method, Path: was.FullName(), From: was.Name, To: is.Name,
		Wire: fmt.Sprintf("none: names do not travel, and number %s stays", numberOf(is)),
		Go:   becomes,
		Step: Major,
	})
}

func (c *comparer) renumberedMethod(was, is *model.Method) {
	from, to := numberOf(was), numberOf(is)
	c.add(Change{
		Kind: Renumbered, What: Method, Path: was.FullName(), From: from.String(), To: to.String(),
		Wire: fmt.Sprintf("incompatible: %s; %s", c.meaning(from), c.meaning(to)),
		Go:   fmt.Sprintf("none: %s has another number", c.structName(is)),
		Step: Major,
	})
}

// reused reports a name that is on both sides and means two methods. lone is
// the one of them that the other side has under no name.
func (c *comparer) reused(was, is, lone *model.Method) {
	n := numberOf(lone)
	wire := "incompatible: "
	if lone == is && c.before[n] == nil {
		wire = "compatible: "
	}
	goes := fmt.Sprintf("%s is another method now, answered by %s", c.structName(is), c.answers(is))
	if heir := c.pair[was]; heir != nil {
		goes += fmt.Sprintf("; the one of before is %s", c.structName(heir))
	} else {
		goes += "; the one of before is gone"
	}
	c.add(Change{
		Kind: Renumbered, What: Method, Path: was.FullName(), From: numberOf(was).String(), To: numberOf(is).String(),
		Wire: wire + c.meaning(n), Go: goes, Step: Major,
	})
}

// flags compares the marks on a method.
func (c *comparer) flags(was, is *model.Method) {
	if was.Content != is.Content {
		c.add(Change{
			Kind: Changed, What: Content, Path: was.FullName(), From: either(was.Content, "with content", "without"), To: either(is.Content, "with content", "without"),
			Wire: "incompatible: a header and a body follow the method on one side only",
			Go:   fmt.Sprintf("what sends or gets %s has other parameters", c.structName(is)),
			Step: Major,
		})
	}
	if was.Synchronous != is.Synchronous {
		c.mark(was, is, "asynchronous", "synchronous", is.Synchronous, "none: the mark does not travel; replies are told by themselves")
	}
	if was.Deprecated != is.Deprecated {
		c.mark(was, is, "not deprecated", "deprecated", is.Deprecated, "none: the method is there all the same")
	}
}

// mark reports a mark that has nothing to do with the codec.
func (c *comparer) mark(was, is *model.Method, off, on string, now bool, wire string) {
	c.add(Change{
		Kind: Changed, What: Method, Path: was.FullName(), From: either(!now, on, off), To: either(now, on, off),
		Wire: wire, Go: fmt.Sprintf("none: %s stays as it is", c.structName(is)), Step: Patch,
	})
}

func either[T any](cond bool, yes, no T) T {
	if cond {
		return yes
	}
	return no
}

// direction compares who sends a method.
func (c *comparer) direction(was, is *model.Method) {
	if was.FromClient() == is.FromClient() && was.FromServer() == is.FromServer() {
		c.chassis(Direction, was.FullName(), was.Chassis, is.Chassis)
		return
	}
	ch := Change{
		Kind: Changed, What: Direction, Path: was.FullName(), From: senders(was), To: senders(is),
		Wire: "compatible: only a peer that expects it may be sent it",
		Go:   fmt.Sprintf("%s stays", c.structName(is)),
		Step: Minor,
	}
	if was.FromClient() && !is.FromClient() || was.FromServer() && !is.FromServer() {
		ch.Wire, ch.Step = "incompatible: who sent it may not any more", Major
	}
	if callable(was) != callable(is) {
		ch.Go += either(callable(is), " and gets a call", "; its call goes")
	}
	c.add(ch)
}

// call compares who sends a method within the client.
func (c *comparer) call(was, is *model.Method) {
	if was.Runtime == is.Runtime || !was.FromClient() || !is.FromClient() {
		return
	}
	c.add(Change{
		Kind: Changed, What: Method, Path: was.FullName(),
		From: either(was.Runtime, "the runtime sends it", "the user sends it"), To: either(is.Runtime, "the runtime sends it", "the user sends it"),
		Wire: "none: it is the client that sends it",
		Go:   c.structName(is) + either(is.Runtime, " has no call any more", " gets a call"),
		Step: either(is.Runtime, Major, Minor),
	})
}

// callable reports whether a user of the package sends the method.
func callable(m *model.Method) bool { return m.FromClient() && !m.Runtime }

func senders(m *model.Method) string {
	switch {
	case m.FromClient() && m.FromServer():
		return "either peer sends it"
	case m.FromClient():
		return "the client sends it"
	case m.FromServer():
		return "the server sends it"
	}
	return "nobody sends it"
}

// replies compares what may answer a method. A reply that only has another
// name or number is told where it is.
func (c *comparer) replies(was, is *model.Method) {
	lost, won := c.unanswered(was.Replies, is.Replies), c.unanswered(is.Replies, was.Replies)
	if lost+won == 0 {
		return
	}
	ch := Change{
		Kind: Changed, What: Reply, Path: was.FullName(), From: replyNames(was), To: replyNames(is),
		Wire: "compatible: there is less to expect",
		Go:   fmt.Sprintf("none: %s has no call", c.structName(is)),
		Step: Patch,
	}
	if callable(is) {
		ch.Go = fmt.Sprintf("the call of %s is answered by %s", c.structName(is), c.answers(is))
		ch.Step = Major
	}
	switch {
	case len(is.Replies) == 0:
		ch.Wire, ch.Step = "incompatible: no answer comes any more", Major
	case won > 0:
		ch.Wire, ch.Step = "incompatible: an answer may come that was none before", Major
	}
	c.add(ch)
}

// unanswered counts the replies whose partners are not among the others.
func (c *comparer) unanswered(replies, others []*model.Method) int {
	n := 0
	for _, r := range replies {
		if !contains(others, c.pair[r]) {
			n++
		}
	}
	return n
}

func contains(methods []*model.Method, m *model.Method) bool {
	for _, other := range methods {
		if other == m {
			return true
		}
	}
	return false
}

func replyNames(m *model.Method) string {
	var names []string
	for _, r := range m.Replies {
		names = append(names, r.Name)
	}
	return orNone(strings.Join(names, ", "))
}

// answers names the structs that answer a method.
func (c *comparer) answers(m *model.Method) string {
	var names []string
	for _, r := range m.Replies {
		names = append(names, c.structName(r))
	}
	if len(names) == 0 {
		return nothing
	}
	return strings.Join(names, " or ")
}
