package specs

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/model"
)

// vendorsPublishedAs names the vendors' own files, for those that have one.
var vendorsPublishedAs = map[string]string{
	"qpid-0-8": "0-8-qpid/amqp0-8-qpid.stripped.xml",
	"qpid-0-9": "0-9-qpid/amqp0-9-qpid.stripped.xml",
	"qpid":     "0-9-1-qpid/amqp0-9-1.stripped.xml",
	"rabbitmq": "0-9-1-rabbit/amqp0-9-1.stripped.extended.xml",
}

// sinceThen is what brokers have learned since their files were published.
var sinceThen = map[string][]string{
	"rabbitmq": {
		"constant no-route=312 soft-error",
		"10.60 connection.blocked content=false { MAY} (reason shortstr) -> ",
		"10.61 connection.unblocked content=false { MAY} () -> ",
		"10.70 connection.update-secret content=false {MUST } (new-secret longstr, reason shortstr) -> update-secret-ok",
		"10.71 connection.update-secret-ok content=false { MUST} () -> ",
	},
}

// TestVendorsSpeakAsTheyPublish compares what the overlays make of the
// standard with the vendors' own files: every method, in numbers, direction,
// fields and replies, whatever its place in the file.
func TestVendorsSpeakAsTheyPublish(t *testing.T) {
	for name, file := range vendorsPublishedAs {
		spec, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		got, want := protocol(spec), protocol(parse(t, debian(t, file)))
		for _, line := range sinceThen[name] {
			if !slices.Contains(got, line) || slices.Contains(want, line) {
				t.Errorf("%s: not news: %s", name, line)
			}
		}
		for _, line := range want {
			if !slices.Contains(got, line) {
				t.Errorf("%s lacks %s", name, line)
			}
		}
		for _, line := range got {
			if !slices.Contains(want, line) && !slices.Contains(sinceThen[name], line) {
				t.Errorf("%s has %s", name, line)
			}
		}
	}
}

// protocol lists what a specification means on the wire, a line for each
// method, property list and constant.
func protocol(s *model.Spec) []string {
	var out []string
	for _, c := range s.Constants {
		out = append(out, fmt.Sprintf("constant %s=%d %s", c.Name, c.Value, c.Class))
	}
	for _, cl := range s.Body.(*model.Classic).Classes {
		out = append(out, fmt.Sprintf("%d %s: %s", cl.Index, cl.Name, fields(cl.Properties)))
		for _, m := range cl.Methods {
			var replies []string
			for _, r := range m.Replies {
				replies = append(replies, r.Name)
			}
			out = append(out, fmt.Sprintf("%d.%d %s content=%v %v (%s) -> %s",
				cl.Index, m.Index, m.FullName(), m.Content, m.Chassis, fields(m.Fields), strings.Join(replies, ",")))
		}
	}
	return out
}

func fields(fields []*model.Field) string {
	var out []string
	for _, f := range fields {
		out = append(out, f.Name+" "+f.Type.String())
	}
	return strings.Join(out, ", ")
}
