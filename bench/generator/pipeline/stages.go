package main

import (
	"fmt"
	"go/format"
	"strings"

	"github.com/amqpgen/amqpgen/emit/golang"
	"github.com/amqpgen/amqpgen/emit/plan"
	"github.com/amqpgen/amqpgen/emit/splice"
	"github.com/amqpgen/amqpgen/model"
	"github.com/amqpgen/amqpgen/templates"
)

// stages does what [emit.Generate] does, but for the type check.
func stages(spec *model.Spec) error {
	var (
		library *splice.Library
		runtime *splice.Runtime
		pkg     *plan.Package
		printed map[string][]byte
	)
	for _, s := range []struct {
		name string
		do   func() error
	}{
		{"read", func() (err error) { library, err = splice.Read(templates.Client); return err }},
		{"plan", func() (err error) {
			runtime = library.Choose(features(spec), features(spec))
			pkg, err = plan.New(spec, "amqp", runtime.Scope())
			return err
		}},
		{"print", func() (err error) { printed, err = golang.Print(pkg); return err }},
		{"format", func() error { return formatAll(printed) }},
		{"splice", func() error { _, err := runtime.Files("amqp"); return err }},
	} {
		if err := stage(s.name, s.do); err != nil {
			return err
		}
	}
	return nil
}

// formatAll does once more what printing ends with.
func formatAll(files map[string][]byte) error {
	for name, text := range files {
		if _, err := format.Source(text); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// features tells whether a specification has a class or a method.
func features(spec *model.Spec) func(string) bool {
	body := spec.Body.(*model.Classic)
	return func(name string) bool {
		if strings.Contains(name, ".") {
			return body.Method(name) != nil
		}
		return body.Class(name) != nil
	}
}
