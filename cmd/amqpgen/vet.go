package main

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/amqpgen/amqpgen/emit"
	"github.com/amqpgen/amqpgen/emit/plan"
	"github.com/amqpgen/amqpgen/model"
	"github.com/amqpgen/amqpgen/model/lint"
)

// vetRules are those of the parser and the generator, which refuse what they
// find, and then those of package lint.
var vetRules = append([]lint.Rule{
	{Name: "invalid", Why: `The file is no specification that amqpgen can read: an element, an attribute or a value is not
in the vocabulary; a domain, type or response is named that there is not; a name or a number comes twice. All
findings of this rule come at once; the other rules look at the specification once there are none.`},
	{Name: "not-generated", Why: `The specification can be read, but amqpgen generate refuses it: two names become the same
Go name, or one that the client's runtime has, or the protocol header is not known. Rename one in an overlay with
overlay-rename, or state the header there: <protocol header="414d515001010800"/>.`},
}, lint.Rules...)

func runVet(e *env, args []string) error {
	set := flag.NewFlagSet("vet", flag.ContinueOnError)
	overlays := overlayFlag(set)
	rule := set.String("explain", "", "explain a `rule` instead; there are: "+ruleNames())
	words, done, err := parseArgs(e, set, "vet 0-8", args, 0, 1)
	switch {
	case done || err != nil:
		return err
	case *rule != "" && len(words)+len(*overlays) > 0:
		return usagef("vet: -explain goes without a specification")
	case *rule != "":
		return explainRule(e, *rule)
	case len(words) == 0:
		return usagef("vet needs a specification, such as: amqpgen vet 0-8")
	}
	findings, err := vet(words[0], *overlays)
	if err != nil {
		return err
	}
	for _, f := range findings {
		fmt.Fprintln(e.stdout, f)
	}
	if len(findings) > 0 {
		return errReported
	}
	return nil
}

func ruleNames() string {
	var names []string
	for _, r := range vetRules {
		names = append(names, r.Name)
	}
	return strings.Join(names, ", ")
}

func explainRule(e *env, name string) error {
	i := slices.IndexFunc(vetRules, func(r lint.Rule) bool { return r.Name == name })
	if i < 0 {
		return usagef("vet: there is no rule %q; there are: %s", name, ruleNames())
	}
	fmt.Fprintf(e.stdout, "%s\n\n", name)
	for _, line := range plan.Wrap(vetRules[i].Why) {
		fmt.Fprintln(e.stdout, line)
	}
	return nil
}

// vet finds what is wrong with a specification. What makes it unreadable
// comes alone.
func vet(name string, overlays []string) ([]lint.Finding, error) {
	spec, err := loadSpec(name, overlays, bundledFacts)
	if err != nil {
		return refused(err, "invalid")
	}
	_, err = emit.Generate(spec, emit.Options{Package: "amqp"})
	findings, err := refused(err, "not-generated")
	if body, ok := spec.Body.(*model.Classic); ok {
		findings = append(findings, lint.Check(body)...)
	}
	lint.Sort(findings)
	return findings, err
}

// refused makes findings of an error that consists of them.
func refused(err error, rule string) ([]lint.Finding, error) {
	var diags model.Diags
	if !errors.As(err, &diags) {
		return nil, err
	}
	var out []lint.Finding
	for _, d := range diags {
		out = append(out, lint.Finding{Pos: d.Pos, Text: d.Text, Rule: rule})
	}
	return out, nil
}
