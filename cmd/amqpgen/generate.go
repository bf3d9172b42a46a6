package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/amqpgen/amqpgen/emit"
	"github.com/amqpgen/amqpgen/model"
	"github.com/amqpgen/amqpgen/parser"
	"github.com/amqpgen/amqpgen/specs"
)

// target is what the flags of generate and check say.
type target struct {
	spec, pkg, out string
	overlays       []string
	selection      selection
	factless       bool
	specOnly       bool
	quiet          bool
}

// parseTarget reads the flags that generate and check share.
func parseTarget(e *env, verb string, args []string) (t *target, done bool, err error) {
	t = &target{}
	set := flag.NewFlagSet(verb, flag.ContinueOnError)
	set.StringVar(&t.spec, "spec", "", "the `specification`: a bundled name (amqpgen specs lists them) or an XML file")
	overlays := overlayFlag(set)
	set.BoolVar(&t.factless, "no-facts", false, "do without the bundled facts of the version; an overlay must then say what no published file does")
	t.selection.addFlags(set)
	set.StringVar(&t.pkg, "package", "", "the `name` of the Go package (default: that of the folder)")
	set.StringVar(&t.out, "out", "", "the `folder` of the package")
	set.BoolVar(&t.specOnly, "spec-only", false, "leave the runtime out, for work on the runtime itself")
	set.BoolVar(&t.quiet, "q", false, "say nothing but errors")
	done, err = parseFlags(e, set, verb+" -spec 0-8 -package amqp08 -out amqp08", args)
	if done || err != nil {
		return nil, done, err
	}
	t.overlays = *overlays
	if t.spec == "" || t.out == "" {
		return nil, false, usagef("%s needs -spec and -out, such as: amqpgen %s -spec 0-8 -out amqp08", verb, verb)
	}
	if t.pkg == "" {
		full, err := filepath.Abs(t.out)
		if err != nil {
			return nil, false, err
		}
		t.pkg = filepath.Base(full)
	}
	return t, false, nil
}

// command is the command line that writes the target.
func (t *target) command() string {
	s := "amqpgen generate -spec " + quote(t.spec)
	for _, overlay := range t.overlays {
		s += " -overlay " + quote(overlay)
	}
	if t.factless {
		s += " -no-facts"
	}
	s += t.selection.flags() + " -package " + quote(t.pkg) + " -out " + quote(t.out)
	if t.specOnly {
		s += " -spec-only"
	}
	return s
}

// quote makes one word for a shell of what may hold blanks and the like.
func quote(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\n'\"`$&|;<>()*?[]{}#~!\\") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// files generates the target's files in memory.
func (t *target) files(e *env) (emit.Files, error) {
	facts := bundledFacts
	if t.factless {
		facts = nil
	}
	spec, err := loadSpec(t.spec, t.overlays, facts)
	if err != nil {
		return nil, err
	}
	if spec, err = t.selection.apply(spec); err != nil {
		return nil, err
	}
	if body, ok := spec.Body.(*model.Classic); ok && !t.quiet {
		for _, note := range body.Notes {
			fmt.Fprintf(e.stderr, "%s\n", note.Error())
		}
	}
	if len(spec.Sources) > 1 && isFile(t.spec) && !t.factless && !t.quiet {
		fmt.Fprintf(e.stderr, "amqpgen: with the bundled facts of AMQP %s\n", spec.Ident)
	}
	if !t.quiet {
		sayNeeds(e.stderr, spec)
	}
	return emit.Generate(spec, emit.Options{Package: t.pkg, SpecOnly: t.specOnly})
}

// isFile tells a file from the name of a bundled specification.
func isFile(spec string) bool {
	return strings.ContainsAny(spec, `/\`) || strings.HasSuffix(spec, ".xml")
}

// bundledFacts state what no published specification does.
var bundledFacts parser.Facts = specs.Facts

// loadSpec reads a specification with overlays, each bundled or from a file.
func loadSpec(name string, overlays []string, facts parser.Facts) (*model.Spec, error) {
	src, layers, err := openSpec(name)
	if err != nil {
		return nil, err
	}
	for _, overlay := range overlays {
		layer, err := openOverlay(src, layers, overlay)
		if err != nil {
			return nil, err
		}
		layers = append(layers, layer...)
	}
	return parser.Parse(src, facts, layers...)
}

func openSpec(name string) (parser.Source, []parser.Source, error) {
	if isFile(name) {
		src, err := readXML("-spec", name)
		return src, nil, err
	}
	src, overlays, err := specs.Open(name)
	if err != nil {
		return src, nil, usagef("%s; a file is named with its folder or its .xml", err)
	}
	return src, overlays, nil
}

// openOverlay finds the overlay of that name for a specification, which has
// some already.
func openOverlay(spec parser.Source, have []parser.Source, name string) ([]parser.Source, error) {
	if isFile(name) {
		src, err := readXML("-overlay", name)
		return []parser.Source{src}, err
	}
	version, err := parser.Version(spec)
	if err != nil {
		return nil, err
	}
	layers, err := specs.Overlay(version, name, have)
	if err != nil {
		return nil, usagef("%s; a file is named with its folder or its .xml", err)
	}
	return layers, nil
}

// readXML reads the file that a flag names.
func readXML(flag, name string) (parser.Source, error) {
	src := parser.Source{Name: name}
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return src, usagef("%s %s: there is no such file; amqpgen specs lists what is bundled", flag, name)
	}
	if err != nil {
		return src, err
	}
	if info.Size() > parser.MaxSize {
		return src, fmt.Errorf("%s: the file has %d octets; at most %d are read", name, info.Size(), parser.MaxSize)
	}
	src.Data, err = os.ReadFile(name)
	return src, err
}

func runGenerate(e *env, args []string) error {
	t, done, err := parseTarget(e, "generate", args)
	if done || err != nil {
		return err
	}
	files, err := t.files(e)
	if err != nil {
		return err
	}
	d, err := t.write(files)
	if err != nil {
		return err
	}
	if !t.quiet {
		d.sayOverwritten(e.stderr)
		d.sayLeft(e.stderr)
		fmt.Fprintf(e.stderr, "amqpgen: %s: %s\n", t.out, d.summary())
		d.sayAgain(e.stderr)
	}
	return nil
}

func runSpecs(e *env, args []string) error {
	set := flag.NewFlagSet("specs", flag.ContinueOnError)
	if done, err := parseFlags(e, set, "specs", args); done || err != nil {
		return err
	}
	for _, entry := range specs.Bundled {
		spec, err := specs.Load(entry.Name)
		if err != nil {
			return err
		}
		body := spec.Body.(*model.Classic)
		methods := 0
		for _, cl := range body.Classes {
			methods += len(cl.Methods)
		}
		fmt.Fprintf(e.stdout, "%s\t%d classes, %d methods\t%s\t%s\n",
			entry.Name, len(body.Classes), methods, entry.Origin, digests(spec.Sources))
	}
	return nil
}

// digests lists those of the file and of each overlay on it, as doc.go of the
// package does.
func digests(sources []model.Source) string {
	var out []string
	for _, s := range sources {
		out = append(out, s.Kind+" sha256:"+s.Digest)
	}
	return strings.Join(out, ", ")
}
