package splice

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

const (
	standIn   = "//go:build amqpgen_standin\n\n"
	directive = "//amqpgen:"
)

// file is a file of the runtime, without the directives that it begins with.
type file struct {
	name     string
	text     []byte
	syntax   *ast.File
	omit     bool
	requires []string // features, or, after !, their absence
	keeps    []string // classes
}

func readFile(name string, text []byte) (*file, error) {
	f := &file{name: name, text: bytes.TrimPrefix(text, []byte(standIn))}
	if err := f.obey(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	syntax, err := parser.ParseFile(token.NewFileSet(), name, f.text, parser.SkipObjectResolution)
	f.syntax = syntax
	return f, err
}

// obey takes the directives off the text.
func (f *file) obey() error {
	for {
		line, after, _ := bytes.Cut(f.text, []byte("\n"))
		order, ok := strings.CutPrefix(string(line), directive)
		if !ok {
			f.text = bytes.TrimLeft(f.text, "\n")
			return nil
		}
		verb, features, _ := strings.Cut(order, " ")
		switch verb {
		case "omit":
			f.omit = true
		case "requires":
			f.requires = append(f.requires, strings.Fields(features)...)
		case "keeps":
			f.keeps = append(f.keeps, strings.Fields(features)...)
		default:
			return fmt.Errorf("unknown directive %s%s", directive, verb)
		}
		f.text = after
	}
}

// wanted reports whether the file goes with a spec, and with the subset of it
// that is kept, which must have the first of the features.
func (f *file) wanted(has, kept func(string) bool) bool {
	for i, feature := range f.requires {
		name, absent := strings.CutPrefix(feature, "!")
		if has(name) == absent || i == 0 && !absent && !kept(name) {
			return false
		}
	}
	return !f.omit
}
