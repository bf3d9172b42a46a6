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

// TestOverlayByVendor finds a vendor's overlay for a version, and says what is
// there if it has none.
func TestOverlayByVendor(t *testing.T) {
	if layers, err := Overlay("0-8", "qpid"); err != nil || len(layers) != 1 {
		t.Error(layers, err)
	}
	if _, err := Overlay("0-8", "nobody"); err == nil || !strings.Contains(err.Error(), `"nobody" for "0-8"`) {
		t.Error(err)
	}
}
