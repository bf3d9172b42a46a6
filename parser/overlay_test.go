package parser

import (
	"strings"
	"testing"
)

const overlaidSpec = `<amqp major="9" minor="0" port="5672">
  <constant name="frame end" value="206"/>
  <domain name="queue name" type="shortstr"/>
  <class name="queue" handler="channel" index="50">
    <method name="declare" synchronous="1" index="10">
      <doc>Makes a queue.</doc>
      <chassis name="server" implement="MUST"/>
      <response name="declare-ok"/>
      <field name="queue" domain="queue name"/>
      <field name="durable" type="bit"/>
      <field name="arguments" type="table"/>
    </method>
    <method name="declare-ok" index="11">
      <chassis name="client" implement="MUST"/>
    </method>
  </class>
</amqp>`

// TestOverlay merges overlays one after the other and looks at what comes of
// it, in canonical text.
func TestOverlay(t *testing.T) {
	for name, c := range map[string]struct {
		overlays []string
		has, not []string // lines of the result
		findings string
	}{
		"adds a class, a method, a constant, a domain, a header": {
			overlays: []string{`<overlay>
				<protocol header="414d515000000901"/>
				<constant name="no route" value="312" class="soft error"/>
				<domain name="nowait" type="bit"/>
				<class name="confirm" handler="channel" index="85">
					<method name="select" index="10"><chassis name="server" implement="MUST"/><field name="no wait" domain="nowait"/></method>
				</class>
				<class name="queue"><method name="unbind" index="50"><chassis name="server" implement="MUST"/></method></class>
			</overlay>`},
			has: []string{`<protocol header="414d515000000901">`, `<constant name="no-route" value="312" class="soft-error">`,
				`<class name="confirm" index="85" handler="channel">`, `<field name="no-wait" domain="nowait">`, `<method name="unbind" index="50">`},
		},
		"puts a field behind another": {
			overlays: []string{`<overlay><class name="queue"><method name="declare">
				<field name="exclusive" type="bit" overlay-after="durable"/></method></class></overlay>`},
			has: []string{"<field name=\"durable\" type=\"bit\">\n</field>\n<field name=\"exclusive\" type=\"bit\">\n</field>\n<field name=\"arguments\" type=\"table\">"},
		},
		"changes and removes": {
			overlays: []string{`<overlay major="9" minor="0">
				<constant name="frame end" value="207" overlay="change"/>
				<class name="queue"><method name="declare">
					<doc overlay="change">Creates it.</doc>
					<field name="durable" overlay="remove"/>
					<field name="arguments" type="longstr" overlay="change"/>
				</method></class></overlay>`},
			has: []string{`<constant name="frame-end" value="207">`, `<doc>Creates it.</doc>`, `<field name="arguments" type="longstr">`},
			not: []string{"durable", "Makes a queue"},
		},
		"documents a stripped file": {
			overlays: []string{`<overlay><class name="queue"><method name="declare-ok">
				<doc overlay="change">Says that it is there.</doc></method></class></overlay>`},
			has: []string{`<doc>Says that it is there.</doc>`},
		},
		"renames": {
			overlays: []string{`<overlay><class name="queue"><method name="declare">
				<field name="queue" overlay-rename="name" overlay="change"/></method></class></overlay>`},
			has: []string{`<field name="name" domain="queue-name">`},
			not: []string{`<field name="queue"`},
		},
		"comes after another": {
			overlays: []string{
				`<overlay><class name="x" index="1"><method name="a" index="1"><chassis name="server" implement="MAY"/></method></class></overlay>`,
				`<overlay><class name="x"><doc>Does a.</doc><method name="a" content="1"/></class></overlay>`,
			},
			has: []string{`<method name="a" index="1" content="1">`, `<doc>Does a.</doc>`},
		},
		"passes over what is missing": {
			overlays: []string{`<overlay missing="skip"><class name="basic"><method name="get" runtime="1"/></class><class name="queue" spoken="1"/></overlay>`},
			has:      []string{`spoken="1"`},
			not:      []string{"basic"},
		},
		"conflicts": {
			overlays: []string{`<overlay>
<constant name="frame end" value="207"/>
<class name="queue" index="50"/>
<class name="basic"/>
<class name="queue"><method name="declare"><field name="x" type="bit" overlay-after="y"/></method></class>
<class name="exchange" overlay="remove"/>
<domain name="queue name"><doc overlay="remove"/></domain>
</overlay>`},
			findings: "overlay1:2:28: constant frame-end has value \"206\", at spec:2:30; overlay=\"change\" replaces it\n" +
				"overlay1:3:1: class queue says nothing that the specification does not, at spec:4:3\n" +
				"overlay1:4:1: the specification has no class basic\n" +
				"overlay1:5:1: the overlay names class queue twice, first at overlay1:3:1\n" +
				"overlay1:6:1: the specification has no class exchange\n" +
				"overlay1:7:27: there is no <doc> of queue-name to remove",
		},
		"changes nothing": {
			overlays: []string{`<overlay/>`},
			findings: "overlay1:1:1: the overlay changes nothing",
		},
		"is for another version": {
			overlays: []string{`<overlay major="8" minor="0"><class name="x" index="1"/></overlay>`},
			findings: "overlay1:1:1: the overlay is for AMQP 0-8; the specification is 0-9",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var overlays []Source
			for i, o := range c.overlays {
				overlays = append(overlays, Source{Name: "overlay" + number(i+1), Data: []byte(o)})
			}
			spec, err := Parse(Source{Name: "spec", Data: []byte(overlaidSpec)}, nil, overlays...)
			if got := strings.TrimSpace(findings(err)); got != c.findings {
				t.Fatalf("got\n%s\nwant\n%s", got, c.findings)
			}
			if err != nil {
				return
			}
			text := render(spec, true)
			for _, want := range c.has {
				if !strings.Contains(text, want) {
					t.Errorf("%s is missing in\n%s", want, text)
				}
			}
			for _, not := range c.not {
				if strings.Contains(text, not) {
					t.Errorf("%s is in\n%s", not, text)
				}
			}
			if len(spec.Sources) != 1+len(overlays) {
				t.Errorf("sources %v", spec.Sources)
			}
		})
	}
}
