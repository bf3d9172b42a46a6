package diff

import (
	"fmt"
	"strconv"

	"github.com/amqpgen/amqpgen/model"
)

// classes compares the classes of two bodies. All methods are paired before
// the first is compared, since replies look across.
func (c *comparer) classes(a, b *model.Classic) {
	c.before, c.after = byNumber(a), byNumber(b)
	partner := map[*model.Class]*model.Class{}
	for _, was := range a.Classes {
		if is := sameClass(was, a, b); is != nil {
			partner[was], partner[is] = is, was
			c.pairMethods(was, is)
		}
	}
	for _, was := range a.Classes {
		if is := partner[was]; is != nil {
			c.class(was, is)
		} else {
			c.removedClass(was, b)
		}
	}
	for _, is := range b.Classes {
		if partner[is] == nil {
			c.addedClass(is, a)
		}
	}
}

func (c *comparer) class(was, is *model.Class) {
	if was.Name != is.Name {
		c.add(Change{
			Kind: Renamed, What: Class, Path: was.Name, From: was.Name, To: is.Name,
			Wire: "none: names do not travel",
			Go:   fmt.Sprintf("all that begins with %s begins with %s", c.goName(was.Name), c.goName(is.Name)),
			Step: Major,
		})
	}
	if was.Index != is.Index {
		c.add(Change{
			Kind: Renumbered, What: Class, Path: was.Name, From: strconv.Itoa(was.Index), To: strconv.Itoa(is.Index),
			Wire: "incompatible: the number of the class travels with each of its methods",
			Go:   fmt.Sprintf("Class%s has another value", c.goName(is.Name)),
			Step: Major,
		})
	}
	if was.Spoken != is.Spoken {
		c.spoken(was, is)
	}
	c.chassis(Class, was.Name, was.Chassis, is.Chassis)
	c.properties(was, is)
	c.methods(was, is)
}

// spoken reports that brokers implement a class on one side only, which is
// what decides whether its calls have names.
func (c *comparer) spoken(was, is *model.Class) {
	c.add(Change{
		Kind: Changed, What: Class, Path: was.Name,
		From: either(was.Spoken, "spoken", "not spoken"), To: either(is.Spoken, "spoken", "not spoken"),
		Wire: "none: the class is the same",
		Go:   fmt.Sprintf("the calls of %s methods %s", is.Name, either(is.Spoken, "get names of their own", "lose their names; Call remains")),
		Step: either(is.Spoken, Minor, Major),
	})
}

func (c *comparer) removedClass(was *model.Class, b *model.Classic) {
	c.add(Change{
		Kind: Removed, What: Class, Path: was.Name, From: sizeOf(was),
		Wire: fmt.Sprintf("incompatible: class %d meant %s and now means %s", was.Index, was.Name, classAt(b, was.Index)),
		Go:   c.allOf(was) + " go",
		Step: Major,
	})
}

func (c *comparer) addedClass(is *model.Class, a *model.Classic) {
	ch := Change{
		Kind: Added, What: Class, Path: is.Name, To: sizeOf(is),
		Wire: fmt.Sprintf("compatible: class %d meant nothing; only a peer that knows it may be sent it", is.Index),
		Go:   c.allOf(is) + " are new",
		Step: Minor,
	}
	if old := classAt(a, is.Index); old != nothing {
		ch.Wire = fmt.Sprintf("incompatible: class %d meant %s and now means %s", is.Index, old, is.Name)
		ch.Step = Major
	}
	c.add(ch)
}

const nothing = "nothing"

func classAt(body *model.Classic, index int) string {
	for _, cl := range body.Classes {
		if cl.Index == index {
			return cl.Name
		}
	}
	return nothing
}

func sizeOf(cl *model.Class) string {
	return fmt.Sprintf("%d, %s", cl.Index, count(len(cl.Methods), "method"))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// allOf names the Go declarations of a class.
func (c *comparer) allOf(cl *model.Class) string {
	name := c.goName(cl.Name)
	s := "Class" + name
	if cl.HasContent() {
		s += ", " + name + "Properties"
	}
	return fmt.Sprintf("%s and the %s of %s", s, count(len(cl.Methods), "struct"), cl.Name)
}

// chassis compares who must implement a class, or receive a method.
func (c *comparer) chassis(what What, path string, was, is model.Chassis) {
	if was == is {
		return
	}
	c.add(Change{
		Kind: Changed, What: what, Path: path, From: duties(was), To: duties(is),
		Wire: "none: it says what a peer must implement",
		Go:   "none: all of it is generated",
		Step: Patch,
	})
}

// duties says what each peer must implement.
func duties(c model.Chassis) string {
	switch {
	case c.Server == "" && c.Client == "":
		return "nobody"
	case c.Client == "":
		return "server " + c.Server
	case c.Server == "":
		return "client " + c.Client
	}
	return fmt.Sprintf("server %s, client %s", c.Server, c.Client)
}
