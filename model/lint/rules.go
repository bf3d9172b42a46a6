package lint

import (
	"strings"

	"github.com/amqpgen/amqpgen/model"
)

// Rules lists all rules.
var Rules = []Rule{
	{"missing-response", `A method that waits for an answer must say in a <response> which methods may be the
answer. Where there is none and the class has a method of the same name with -ok, that one is taken; where there is
no such method either, a client that waits would wait for ever, so it does not wait. Published files forget the
response of basic.recover (0-9-1) and exchange.bound (Qpid's 0-8). State it, in the file or in an overlay.`, missingResponse},
	{"orphan-reply", `A method whose name ends in -ok is the answer to something, and no method of its class names it
in a <response>. A client would take it for news from the server. Add the response to the method that asks.`, orphanReply},
	{"reply-direction", `A method that the client may send is answered by one that the server may send, and the other
way round. The <chassis> of a method says who receives it: server, if the client sends it. Here the asker and the
answerer are the same peer, so that the answer can never come.`, replyDirection},
	{"sync-bit", `synchronous="1" marks a method that takes part in a dialogue. One that has a <response> does, and
still lacks the mark. The two contradict each other; amqpgen goes by the response, other generators by the mark.
In 0-9 all of class message is like this.`, syncBit},
	{"reply-not-sync", `The answer to a synchronous method belongs to the same dialogue and carries synchronous="1"
too; this one does not. Published files forget it for channel.flow-ok. amqpgen goes by the <response> and is not
misled; a generator that goes by the mark takes the answer for a method that comes unasked.`, replyNotSync},
	{"nowait-without-reply", `The bit nowait waives an answer, and the method has none. Either the bit means nothing,
or the <response> was forgotten: then the client does not wait where it should.`, noWaitWithoutReply},
	{"wrong-domain", `There is a domain of the field's own name, and the field has another one. That is a slip of
the pen more often than not: in the published 0-8, method-id of connection.close has the domain class-id. On the
wire it matters only where the two have different types.`, wrongDomain},
	{"reserved-not-marked", `The name says that the field is reserved, and reserved="1" is not there. Options of the
generated client then offer it to people, who must leave it at zero.`, reservedNotMarked},
	{"name-style", `Two names differ in nothing but their hyphens, such as nowait and no-wait. Whoever looks for one
misses the other. (Spaces, underscores and capitals do not count: amqpgen reads "no wait" and "no-wait" alike, as the
published files spell names either way.)`, nameStyle},
	{"assert-against-practice", `The assert is not what brokers hold to, so code that enforced it would refuse what
works. Brokers take strings of 255 octets where the files say 127; they ignore the access ticket, some hand out 0, and
the files forbid 0; and [/-_] in a regular expression is a range from / to _, which has the capitals in it and not the
hyphen. amqpgen enforces no assert.`, assertAgainstPractice},
}

func missingResponse(l *linter) {
	for m := range l.methods {
		switch {
		case len(m.ReplyNames) > 0 || len(l.asked[m]) > 0 && len(m.Replies) == 0:
		case len(m.Replies) > 0:
			l.addf(m.Pos, "%s has no <response>; %s is taken as its reply", m.FullName(), m.Replies[0].Name)
		case m.Synchronous && !strings.HasSuffix(m.Name, "-ok"):
			l.addf(m.Pos, "%s is synchronous, and nothing answers it", m.FullName())
		}
	}
}

func orphanReply(l *linter) {
	for m := range l.methods {
		if strings.HasSuffix(m.Name, "-ok") && len(l.asked[m]) == 0 {
			l.addf(m.Pos, "%s is named as the <response> of nothing", m.FullName())
		}
	}
}

func replyDirection(l *linter) {
	for m := range l.methods {
		for _, r := range m.Replies {
			switch {
			case m.FromClient() && !r.FromServer():
				l.addf(m.Pos, "%s may come from the client, but the server may not send its reply %s", m.FullName(), r.Name)
			case m.FromServer() && !r.FromClient():
				l.addf(m.Pos, "%s may come from the server, but the client may not send its reply %s", m.FullName(), r.Name)
			}
		}
	}
}

func syncBit(l *linter) {
	for m := range l.methods {
		if !m.Synchronous && len(m.Replies) > 0 {
			l.addf(m.Pos, "%s is answered by %s, and is not marked synchronous", m.FullName(), m.Replies[0].Name)
		}
	}
}

func replyNotSync(l *linter) {
	for m := range l.methods {
		for _, asker := range l.asked[m] {
			if asker.Synchronous && !m.Synchronous {
				l.addf(m.Pos, "%s answers the synchronous %s, and is not marked synchronous", m.FullName(), asker.Name)
				break
			}
		}
	}
}

func noWaitWithoutReply(l *linter) {
	for m := range l.methods {
		if f := m.NoWait(); f != nil && len(m.Replies) == 0 {
			l.addf(f.Pos, "%s has the bit %s, and no reply that it could waive", m.FullName(), f.Name)
		}
	}
}

func wrongDomain(l *linter) {
	domains := map[string]*model.Domain{}
	for _, d := range l.Domains {
		domains[d.Name] = d
	}
	for owner, f := range l.fields {
		if own := domains[f.Name]; own != nil && own != f.Domain {
			l.addf(f.Pos, "%s: field %s is a %s; there is a domain %s", owner, f.Name, typed(f.TypeName, f.Type), typed(own.Name, own.Type))
		}
	}
}

// typed adds to a name the elementary type that it stands for.
func typed(name string, t model.Type) string {
	if name == t.String() {
		return name
	}
	return name + " (" + t.String() + ")"
}

func reservedNotMarked(l *linter) {
	for owner, f := range l.fields {
		if (f.Name == "reserved" || strings.HasPrefix(f.Name, "reserved-")) && !f.Reserved {
			l.addf(f.Pos, "%s: field %s is not marked reserved", owner, f.Name)
		}
	}
}

func nameStyle(l *linter) {
	first := map[string]string{} // without hyphens → the spelling that came first
	use := func(owner, name string, pos model.Pos) {
		bare := strings.ReplaceAll(name, "-", "")
		if other, seen := first[bare]; seen && other != name {
			l.addf(pos, "%s: %s is spelled %s elsewhere", owner, name, other)
		} else {
			first[bare] = name
		}
	}
	for owner, f := range l.fields {
		use(owner, f.Name, f.Pos)
	}
}
