package specs

import (
	"testing"

	"github.com/amqpgen/amqpgen/parser"
)

// BenchmarkParse measures the way from XML to the resolved model.
func BenchmarkParse(b *testing.B) {
	src, _, err := Open("0-8")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parser.Parse(src, Facts); err != nil {
			b.Fatal(err)
		}
	}
}
