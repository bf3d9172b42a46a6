// Pipeline generates a package in memory and prints what CPU each stage took,
// as lines of a name, a blank and nanoseconds. Its argument is a bundled
// specification.
//
// It is a module of its own, so that what the generator depends on stays out of
// the programs that measure clients, and a process of its own, so that
// each run starts cold, as amqpgen does.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"

	"github.com/amqpgen/amqpgen/emit"
	"github.com/amqpgen/amqpgen/model"
	"github.com/amqpgen/amqpgen/parser"
	"github.com/amqpgen/amqpgen/specs"
)

func main() {
	log.SetFlags(0)
	apart := flag.Bool("apart", false, "take the stages between the model and the files one by one first")
	file := flag.String("file", "", "read this `file` instead of the specification's own; its overlays stay")
	profile := flag.String("cpuprofile", "", "write a profile to this `file`")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("pipeline needs one bundled specification")
	}
	stop, err := startProfile(*profile)
	if err == nil {
		err = run(flag.Arg(0), *file, *apart)
	}
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(name, file string, apart bool) error {
	src, overlays, err := specs.Open(name)
	if err == nil && file != "" {
		src.Data, err = os.ReadFile(file)
	}
	if err != nil {
		return err
	}
	var spec *model.Spec
	if err := stage("parse", func() error { spec, err = parser.Parse(src, specs.Facts, overlays...); return err }); err != nil {
		return err
	}
	if apart {
		if err := stages(spec); err != nil {
			return err
		}
	}
	return stage("generate", func() error { _, err := emit.Generate(spec, emit.Options{Package: "amqp"}); return err })
}

// stage does something and prints its CPU.
func stage(name string, do func() error) error {
	before := cpu()
	if err := do(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	fmt.Println(name, (cpu() - before).Nanoseconds())
	return nil
}
