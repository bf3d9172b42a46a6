package specs

import (
	"os"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/model"
	"github.com/amqpgen/amqpgen/parser"
)

// TestReadmeExample applies the overlay of README.md to 0-9-1.
func TestReadmeExample(t *testing.T) {
	readme, err := os.ReadFile("overlays/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(readme), "```xml\n")
	example, _, _ = strings.Cut(example, "```")
	src, overlays, err := Open("0-9-1")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := parser.Parse(src, Facts, append(overlays, parser.Source{Name: "house.xml", Data: []byte(example)})...)
	if err != nil {
		t.Fatal(err)
	}
	body := spec.Body.(*model.Classic)
	declare := body.Method("queue.declare")
	if fields(declare.Fields) != "reserved-1 short, queue shortstr, passive bit, durable bit, lazy bit, exclusive bit, auto-delete bit, no-wait bit, arguments longstr" {
		t.Error(fields(declare.Fields))
	}
	if peek := body.Method("queue.peek"); peek == nil || len(peek.Replies) != 1 || body.Method("queue.purge") != nil {
		t.Error("queue.peek is not there, or queue.purge is")
	}
}

// TestOverlayByVendor finds a vendor's overlay for a version, with what it
// builds on if that is not there yet, and says what there is if it has none.
func TestOverlayByVendor(t *testing.T) {
	v08, v091 := model.Ident{Major: 8}, model.Ident{Minor: 9, Revision: 1}
	_, standard, err := Open("0-9-1")
	if err != nil {
		t.Fatal(err)
	}
	_, vendors, err := Open("qpid")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		version model.Ident
		vendor  string
		have    []parser.Source
		want    string // names of files, or an error
	}{
		{v08, "qpid", nil, "specs/overlays/qpid-0-8.xml"},
		{v091, "qpid", nil, "specs/overlays/amqp0-9-1-replies.xml specs/overlays/qpid-0-9-1.xml"},
		{v091, "qpid", standard, "specs/overlays/qpid-0-9-1.xml"},
		{v091, "qpid", vendors, "specs/overlays/qpid-0-9-1.xml"},
		{v08, "nobody", nil, `there is no bundled overlay "nobody" for AMQP 0-8; there are: rabbitmq, qpid`},
		{model.Ident{Minor: 7}, "qpid", nil, `there is no bundled overlay "qpid" for AMQP 0-7; there are: none`},
	} {
		layers, err := Overlay(c.version, c.vendor, c.have)
		var got []string
		for _, layer := range layers {
			got = append(got, layer.Name)
		}
		if err != nil {
			got = append(got, err.Error())
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s for %s: got %v, want %s", c.vendor, c.version, got, c.want)
		}
	}
}
