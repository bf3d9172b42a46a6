package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/amqpgen/amqpgen/emit/plan"
	"github.com/amqpgen/amqpgen/model"
	"github.com/amqpgen/amqpgen/model/diff"
)

// comparison is two specifications and what differs between them.
type comparison struct {
	From    string        `json:"from"`
	To      string        `json:"to"`
	Step    string        `json:"step"` // none if nothing differs
	Changes []diff.Change `json:"changes"`
}

func runDiff(e *env, args []string) error {
	var over [2][]string
	set := flag.NewFlagSet("diff", flag.ContinueOnError)
	for i, side := range []string{"a", "b"} {
		set.Func("overlay-"+side, "an overlay on specification "+strings.ToUpper(side)+": a bundled `name` or an XML file; may come several times", func(name string) error {
			over[i] = append(over[i], name)
			return nil
		})
	}
	asJSON := set.Bool("json", false, "write JSON, for machines")
	names, done, err := parseArgs(e, set, "diff 0-8 0-9-1", args, 2, 2)
	if done || err != nil {
		return err
	}
	cmp, err := compareSpecs(names, over)
	if err != nil {
		return err
	}
	if *asJSON {
		return cmp.json(e.stdout)
	}
	_, err = io.WriteString(e.stdout, cmp.text())
	return err
}

// compareSpecs loads two specifications, each with its overlays.
func compareSpecs(names []string, over [2][]string) (*comparison, error) {
	var specs [2]*model.Spec
	for i, name := range names {
		spec, err := loadSpec(name, over[i], bundledFacts)
		if err != nil {
			return nil, err
		}
		specs[i] = spec
	}
	out := &comparison{From: names[0], To: names[1], Step: "none", Changes: []diff.Change{}}
	if found := diff.Compare(specs[0], specs[1], plan.GoName); len(found) > 0 {
		out.Changes, out.Step = found, diff.Largest(found).String()
	}
	return out, nil
}

func (c *comparison) json(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(c)
}

// text lists the changes for people, under the part of the specification
// that each belongs to.
func (c *comparison) text() string {
	if len(c.Changes) == 0 {
		return fmt.Sprintf("no differences between %s and %s\n", c.From, c.To)
	}
	var b strings.Builder
	last := ""
	for _, ch := range c.Changes {
		if part := partOf(ch); part != last {
			fmt.Fprintf(&b, "%s\n", part)
			last = part
		}
		fmt.Fprintf(&b, "  %s\n      wire: %s\n      go:   %s\n", headline(ch), ch.Wire, ch.Go)
	}
	fmt.Fprintf(&b, "suggested version step: %s\n", c.Step)
	return b.String()
}

// partOf says under which heading a change stands.
func partOf(ch diff.Change) string {
	class, _, dotted := strings.Cut(ch.Path, ".")
	switch {
	case ch.What == diff.Header || ch.What == diff.Port || ch.What == diff.Claim:
		return "protocol"
	case ch.What == diff.Constant:
		return "constants"
	case ch.What == diff.Domain && !dotted:
		return "domains"
	}
	return "class " + class
}

// headline gives a change in a line.
func headline(ch diff.Change) string {
	s := fmt.Sprintf("%s %s %s", ch.Kind, ch.What, ch.Path)
	if ch.What == diff.Header || ch.What == diff.Port { // their paths say it
		s = fmt.Sprintf("%s %s", ch.Kind, ch.Path)
	}
	switch {
	case ch.From != "" && ch.To != "":
		s += fmt.Sprintf(": %s → %s", ch.From, ch.To)
	case ch.From+ch.To != "":
		s += fmt.Sprintf(" (%s%s)", ch.From, ch.To)
	}
	return s
}
