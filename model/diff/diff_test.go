package diff

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/model"
)

// goName is a rule of names good enough for tests.
func goName(parts ...string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(strings.Join(parts, "-"), func(r rune) bool { return r == '-' }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return strings.ReplaceAll(b.String(), "Nowait", "NoWait")
}

// specOf makes a specification of lines:
//
//	header AMQP0091
//	port 5672
//	constant not-found 404 soft-error
//	domain path shortstr
//	class basic 60 spoken prop:shortstr
//	method get 70 client sync content deprecated runtime queue:path ticket:short! > get-ok get-empty
//
// A method is sent by client, server or both; a field with ! is reserved.
func specOf(t *testing.T, text string) *model.Spec {
	t.Helper()
	body := &model.Classic{}
	spec := &model.Spec{Body: body}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		switch words[0] {
		case "header":
			spec.Header = []byte(words[1])
		case "port":
			spec.Port = atoi(words[1])
		case "constant":
			k := &model.Constant{Name: words[1], Value: atoi(words[2])}
			k.Class = strings.Join(words[3:], "")
			spec.Constants = append(spec.Constants, k)
		case "domain":
			body.Domains = append(body.Domains, &model.Domain{Name: words[1], TypeName: words[2]})
		case "class":
			body.Classes = append(body.Classes, classOf(words))
		case "method":
			cl := body.Classes[len(body.Classes)-1]
			cl.Methods = append(cl.Methods, methodOf(cl, words))
		}
	}
	if err := body.Resolve().Err(); err != nil {
		t.Fatal(err)
	}
	return spec
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func classOf(words []string) *model.Class {
	cl := &model.Class{Name: words[1], Index: atoi(words[2])}
	cl.Chassis.Server = "MUST"
	for _, w := range words[3:] {
		if w == "spoken" {
			cl.Spoken = true
		} else {
			cl.Properties = append(cl.Properties, fieldOf(w))
		}
	}
	return cl
}

func fieldOf(word string) *model.Field {
	name, typ, _ := strings.Cut(word, ":")
	return &model.Field{Name: name, TypeName: strings.TrimSuffix(typ, "!"), Reserved: strings.HasSuffix(typ, "!")}
}

func methodOf(cl *model.Class, words []string) *model.Method {
	m := &model.Method{Class: cl, Name: words[1], Index: atoi(words[2])}
	if end := slices.Index(words, ">"); end >= 0 {
		for _, w := range words[end+1:] {
			m.ReplyNames = append(m.ReplyNames, model.Ref{Name: w})
		}
		words = words[:end]
	}
	for _, w := range words[3:] {
		setFlag(m, w)
	}
	return m
}

func setFlag(m *model.Method, word string) {
	switch word {
	case "client":
		m.Chassis.Server = "MUST"
	case "server":
		m.Chassis.Client = "MUST"
	case "both":
		m.Chassis = model.Chassis{Server: "MUST", Client: "MUST"}
	case "sync":
		m.Synchronous = true
	case "content":
		m.Content = true
	case "deprecated":
		m.Deprecated = true
	case "runtime":
		m.Runtime = true
	default:
		m.Fields = append(m.Fields, fieldOf(word))
	}
}

// brief writes a change in a line.
func brief(c Change) string {
	return fmt.Sprintf("%s %s %s [%s|%s] %s / %s / %s", c.Kind, c.What, c.Path, c.From, c.To, c.Wire, c.Go, c.Step)
}

func TestCompare(t *testing.T) {
	for _, c := range []struct{ name, a, b, want string }{
		{
			name: "equal",
			a:    "class basic 60 spoken p:octet \n method get 70 client q:shortstr > got \n method got 71 server content",
			b:    "class basic 60 spoken p:octet \n method get 70 client q:shortstr > got \n method got 71 server content",
		}, {
			name: "header and port",
			a:    "header AM \n port 5672",
			b:    "header AN \n port 5673",
			want: `
changed header protocol header [41 4d|41 4e] incompatible: a broker that speaks only one answers the other with its own header, and hangs up / none: Dial sends the header / major
changed port port [5672|5673] none: the port is where a broker listens, not what is said / none: who names no port may reach another one / minor`,
		}, {
			name: "constants",
			a:    "constant oob 4 \n constant lost 310 soft-error \n constant old-name 404 soft-error \n constant moved 501 hard-error \n constant harder 502 soft-error",
			b:    "constant new-name 404 soft-error \n constant moved 503 hard-error \n constant harder 502 hard-error \n constant found 313 soft-error \n constant frame 9",
			want: `
removed constant oob [4|] incompatible: 4 has no meaning any more / Oob goes / major
removed constant lost [310, soft-error|] compatible: a peer may still send 310; it arrives as a number without a name / ReplyLost goes / major
renamed constant old-name [old-name|new-name] none: names do not travel / ReplyOldName becomes ReplyNewName / major
renumbered constant moved [501|503] incompatible: the two sides mean different things by one number / ReplyMoved keeps its name and has another value / major
changed constant harder [soft-error|hard-error] incompatible: the code closes another thing than it did: a channel if soft, the connection if hard / none: which close method arrives decides, not ReplyHarder / minor
added constant found [|313, soft-error] compatible: brokers may have sent 313 before; reply codes are an open set / ReplyFound is new / minor
added constant frame [|9] compatible: a peer of before does not know 9 / Frame is new / minor`,
		}, {
			name: "a constant becomes a reply code",
			a:    "constant lost 310",
			b:    "constant lost 310 soft-error",
			want: `
changed constant lost [none|soft-error] incompatible: the code closes another thing than it did: a channel if soft, the connection if hard / Lost becomes ReplyLost / major`,
		}, {
			name: "domains, of which those that are types do not count",
			a:    "domain path shortstr \n domain id short \n domain bit bit",
			b:    "domain path shortstr \n domain id long \n domain name shortstr \n domain octet octet",
			want: `
retyped domain id [short|long] none: types travel, domains do not / none: see the fields / patch
added domain name [|shortstr] none: types travel, domains do not / none: see the fields / patch`,
		}, {
			name: "a field becomes reserved",
			a:    "class q 50 \n method declare 10 client ticket:short q:shortstr nowait:bit",
			b:    "class q 50 \n method declare 10 client reserved-1:short! q:shortstr no-wait:bit",
			want: `
renamed field q.declare.ticket [ticket|reserved-1] none: names do not travel; its value means nothing any more / QDeclare.Ticket becomes Reserved1; its options, if there are any, lose it / major
renamed field q.declare.nowait [nowait|no-wait] none: names do not travel / none: QDeclare.NoWait is the name of both / patch`,
		}, {
			name: "reserved under its name",
			a:    "class q 50 \n method declare 10 client r:short!",
			b:    "class q 50 \n method declare 10 client r:short",
			want: `
changed field q.declare.r [reserved|in use] compatible: the layout stays; the value has a meaning now / QDeclare.R stays; its options, if there are any, get it / minor`,
		}, {
			name: "retyped, added, removed, reordered",
			a:    "class q 50 \n method m 10 client a:short b:shortstr c:octet d:long e:table",
			b:    "class q 50 \n method m 10 client a:long b:longstr d:long c:octet f:timestamp",
			want: `
retyped field q.m.a [short|long] incompatible: q.m.a has another encoding / QM.A has another type / major
retyped field q.m.b [shortstr|longstr] incompatible: q.m.b has another encoding / none: QM.B is a string in both; its longest value differs / major
reordered field q.m.c [|] incompatible: the arguments of q.m have another layout / none: QM.C stays / major
removed field q.m.e [table|] incompatible: the arguments of q.m have another layout / QM.E goes / major
added field q.m.f [|timestamp] incompatible: the arguments of q.m have another layout / QM.F is new / major`,
		}, {
			name: "a spare bit",
			a:    "class q 50 \n method m 10 client a:short b:bit c:table",
			b:    "class q 50 \n method m 10 client a:short b:bit d:bit c:table",
			want: `
added field q.m.d [|bit] compatible: it is a bit of an octet that is sent anyway / QM.D is new / minor`,
		}, {
			name: "a spare bit, and another field of another type",
			a:    "class q 50 \n method m 10 client b:bit c:table",
			b:    "class q 50 \n method m 10 client b:bit d:bit c:longstr",
			want: `
retyped field q.m.c [table|longstr] incompatible: q.m.c has another encoding / QM.C has another type / major
added field q.m.d [|bit] compatible: it is a bit of an octet that is sent anyway / QM.D is new / minor`,
		}, {
			name: "a bit becomes an octet",
			a:    "class q 50 \n method m 10 client a:bit b:bit",
			b:    "class q 50 \n method m 10 client a:octet c:octet",
			want: `
retyped field q.m.a [bit|octet] incompatible: q.m.a has another encoding / QM.A has another type / major
removed field q.m.b [bit|] incompatible: the arguments of q.m have another layout / QM.B goes / major
added field q.m.c [|octet] incompatible: the arguments of q.m have another layout / QM.C is new / major`,
		}, {
			name: "a bit before another",
			a:    "class q 50 \n method m 10 client b:bit",
			b:    "class q 50 \n method m 10 client d:bit b:bit",
			want: `
added field q.m.d [|bit] incompatible: the arguments of q.m have another layout / QM.D is new / major`,
		}, {
			name: "the ninth bit",
			a:    "class q 50 \n method m 10 client a:bit b:bit c:bit d:bit e:bit f:bit g:bit h:bit",
			b:    "class q 50 \n method m 10 client a:bit b:bit c:bit d:bit e:bit f:bit g:bit h:bit i:bit",
			want: `
added field q.m.i [|bit] incompatible: the arguments of q.m have another layout / QM.I is new / major`,
		}, {
			name: "another field in the place of one",
			a:    "class q 50 \n method m 10 client x:octet",
			b:    "class q 50 \n method m 10 client y:short",
			want: `
removed field q.m.x [octet|] incompatible: the arguments of q.m have another layout / QM.X goes / major
added field q.m.y [|short] incompatible: the arguments of q.m have another layout / QM.Y is new / major`,
		}, {
			name: "another domain of the same type",
			a:    "domain path shortstr \n domain reply-code short \n class q 50 \n method m 10 client a:path b:reply-code",
			b:    "domain path shortstr \n domain reply-code short \n class q 50 \n method m 10 client a:shortstr b:short",
			want: `
changed domain q.m.a [path|shortstr] none: both are shortstr / none: QM.A has the same type / patch
changed domain q.m.b [reply-code|short] none: both are short / QM.B has another type / major`,
		}, {
			name: "properties at the end and in the middle",
			a:    "class x 60 p:octet \n class y 70 p:octet \n class z 80 p:octet",
			b:    "class x 60 p:octet n:table \n class y 70 n:table p:octet \n class z 80 n:short",
			want: `
added property x.n [|table] compatible: unless it is sent, since a peer that lacks it cannot read it / XProperties.N is new / minor
added property y.n [|table] incompatible: the flags of y properties have other places / YProperties.N is new / major
removed property z.p [octet|] incompatible: the flags of z properties have other places / ZProperties.P goes / major
added property z.n [|short] incompatible: the flags of z properties have other places / ZProperties.N is new / major`,
		}, {
			name: "a number that means something else",
			a:    "class c 10 \n method redirect 50 server host:shortstr \n method close 60 both code:short",
			b:    "class c 10 \n method close 50 both code:short",
			want: `
removed method c.redirect [10.50|] incompatible: number 10.50 meant c.redirect and now means c.close / CRedirect goes / major
renumbered method c.close [10.60|10.50] incompatible: number 10.60 meant c.close and now means nothing; number 10.50 meant c.redirect and now means c.close / none: CClose has another number / major`,
		}, {
			name: "a new method where another was",
			a:    "class c 10 \n method close 60 both code:short",
			b:    "class c 10 \n method blocked 60 server reason:shortstr",
			want: `
removed method c.close [10.60|] incompatible: number 10.60 meant c.close and now means c.blocked / CClose goes / major
added method c.blocked [|10.60] incompatible: number 10.60 meant c.close and now means c.blocked / CBlocked is new / major`,
		}, {
			name: "recover, and its name on another method",
			a:    "class b 60 \n method recover 100 client requeue:bit",
			b:    "class b 60 \n method recover-async 100 client requeue:bit \n method recover 110 client requeue:bit > recover-ok \n method recover-ok 111 server",
			want: `
renamed method b.recover [recover|recover-async] none: names do not travel, and number 60.100 stays / BRecover becomes BRecoverAsync; BRecover is now the name of 60.110 / major
renumbered method b.recover [60.100|60.110] compatible: number 60.110 meant nothing and now means b.recover / BRecover is another method now, answered by BRecoverOk; the one of before is BRecoverAsync / major
added method b.recover-ok [|60.111] compatible: number 60.111 meant nothing; only a peer that knows it may be sent it / BRecoverOk is new / minor`,
		}, {
			name: "the same back",
			a:    "class b 60 \n method recover-async 100 client requeue:bit \n method recover 110 client requeue:bit > recover-ok \n method recover-ok 111 server",
			b:    "class b 60 \n method recover 100 client requeue:bit",
			want: `
renamed method b.recover-async [recover-async|recover] none: names do not travel, and number 60.100 stays / BRecoverAsync becomes BRecover, which was the name of 60.110 / major
renumbered method b.recover [60.110|60.100] incompatible: number 60.110 meant b.recover and now means nothing / BRecover is another method now, answered by nothing; the one of before is gone / major
removed method b.recover-ok [60.111|] incompatible: number 60.111 meant b.recover-ok and now means nothing / BRecoverOk goes / major`,
		}, {
			name: "two names shift by one method",
			a:    "class b 60 \n method recover-async 100 client requeue:bit \n method recover 110 client requeue:bit > recover-ok \n method recover-ok 111 server",
			b:    "class b 60 \n method recover 100 client requeue:bit \n method recover-sync 110 client requeue:bit > recover-sync-ok \n method recover-sync-ok 111 server",
			want: `
renamed method b.recover-async [recover-async|recover] none: names do not travel, and number 60.100 stays / BRecoverAsync becomes BRecover, which was the name of 60.110 / major
renamed method b.recover [recover|recover-sync] none: names do not travel, and number 60.110 stays / BRecover becomes BRecoverSync; BRecover is now the name of 60.100 / major
renamed method b.recover-ok [recover-ok|recover-sync-ok] none: names do not travel, and number 60.111 stays / BRecoverOk becomes BRecoverSyncOk / major`,
		}, {
			name: "two methods that change places",
			a:    "class t 90 \n method commit 20 client \n method rollback 30 client",
			b:    "class t 90 \n method commit 30 client \n method rollback 20 client",
			want: `
renumbered method t.commit [90.20|90.30] incompatible: number 90.20 meant t.commit and now means t.rollback; number 90.30 meant t.rollback and now means t.commit / none: TCommit has another number / major
renumbered method t.rollback [90.30|90.20] incompatible: number 90.30 meant t.rollback and now means t.commit; number 90.20 meant t.commit and now means t.rollback / none: TRollback has another number / major`,
		}, {
			name: "marks, content and direction",
			a:    "class b 60 \n method ack 80 client \n method get 70 client runtime \n method out 90 both",
			b:    "class b 60 \n method ack 80 both sync deprecated \n method get 70 client content \n method out 90 server",
			want: `
changed method b.ack [asynchronous|synchronous] none: the mark does not travel; replies are told by themselves / none: BAck stays as it is / patch
changed method b.ack [not deprecated|deprecated] none: the method is there all the same / none: BAck stays as it is / patch
changed direction b.ack [the client sends it|either peer sends it] compatible: only a peer that expects it may be sent it / BAck stays / minor
changed content b.get [without|with content] incompatible: a header and a body follow the method on one side only / what sends or gets BGet has other parameters / major
changed method b.get [the runtime sends it|the user sends it] none: it is the client that sends it / BGet gets a call / minor
changed direction b.out [either peer sends it|the server sends it] incompatible: who sent it may not any more / BOut stays; its call goes / major`,
		}, {
			name: "replies",
			a:    "class c 10 \n method open 40 client > ok redirect \n method ok 41 server \n method redirect 50 server h:octet \n method x 60 client > y \n method y 61 server \n method z 70 client",
			b:    "class c 10 \n method open 40 client > fine \n method fine 41 server \n method redirect 50 server h:octet \n method x 60 client \n method y 61 server \n method z 70 client > y",
			want: `
changed reply c.open [ok, redirect|fine] compatible: there is less to expect / the call of COpen is answered by CFine / major
renamed method c.ok [ok|fine] none: names do not travel, and number 10.41 stays / COk becomes CFine / major
changed reply c.x [y|none] incompatible: no answer comes any more / the call of CX is answered by nothing / major
changed reply c.z [none|y] incompatible: an answer may come that was none before / the call of CZ is answered by CY / major`,
		}, {
			name: "classes come, go, and take another's number",
			a:    "class access 30 \n method request 10 client \n class test 120 p:octet \n method integer 10 client a:octet",
			b:    "class confirm 85 \n method select 10 client \n class message 120 \n method transfer 10 client a:short",
			want: `
removed class access [30, 1 method|] incompatible: class 30 meant access and now means nothing / ClassAccess and the 1 struct of access go / major
removed class test [120, 1 method|] incompatible: class 120 meant test and now means message / ClassTest, TestProperties and the 1 struct of test go / major
added class confirm [|85, 1 method] compatible: class 85 meant nothing; only a peer that knows it may be sent it / ClassConfirm and the 1 struct of confirm are new / minor
added class message [|120, 1 method] incompatible: class 120 meant test and now means message / ClassMessage and the 1 struct of message are new / major`,
		}, {
			name: "a class with another name, number, or user",
			a:    "class a 1 \n method m 10 client a:octet \n class b 2 \n class d 4",
			b:    "class c 1 \n method m 10 client a:octet \n class b 3 \n class d 4 spoken",
			want: `
renamed class a [a|c] none: names do not travel / all that begins with A begins with C / major
renumbered class b [2|3] incompatible: the number of the class travels with each of its methods / ClassB has another value / major
changed class d [not spoken|spoken] none: the class is the same / the calls of d methods get names of their own / minor`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got strings.Builder
			for _, change := range Compare(specOf(t, c.a), specOf(t, c.b), goName) {
				got.WriteString("\n" + brief(change))
			}
			if got.String() != c.want {
				t.Errorf("got%s\nwant%s", got.String(), c.want)
			}
		})
	}
}

func TestLargest(t *testing.T) {
	for _, c := range []struct {
		steps []Step
		want  string
	}{
		{nil, "patch"},
		{[]Step{Patch, Minor, Patch}, "minor"},
		{[]Step{Major, Minor}, "major"},
	} {
		var changes []Change
		for _, s := range c.steps {
			changes = append(changes, Change{Step: s})
		}
		if got := Largest(changes); got.String() != c.want {
			t.Errorf("%v: %s, want %s", c.steps, got, c.want)
		}
	}
}

// TestOtherBodies holds that a body of no known family is passed over.
func TestOtherBodies(t *testing.T) {
	if got := Compare(&model.Spec{Port: 1}, &model.Spec{Port: 1}, goName); got != nil {
		t.Errorf("got %v", got)
	}
}
