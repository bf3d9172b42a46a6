package emit_test

import (
	"testing"

	"github.com/amqpgen/amqpgen/emit"
	"github.com/amqpgen/amqpgen/specs"
)

// BenchmarkGenerate measures the way from the model to the files, formatting
// included.
func BenchmarkGenerate(b *testing.B) {
	spec, err := specs.Load("0-8")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := emit.Generate(spec, emit.Options{Package: "amqp08"}); err != nil {
			b.Fatal(err)
		}
	}
}
