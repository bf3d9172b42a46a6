// Package parser reads AMQP specifications from XML into the model. Every
// element and attribute is claimed, or it is a finding; all findings of a file
// are reported, sorted, each with its place.
package parser

import (
	"crypto/sha256"
	"fmt"

	"github.com/amqpgen/amqpgen/model"
)

// Source is an XML file: its content, and the name that positions carry.
type Source struct {
	Name string
	Data []byte
}

func (s Source) identify(kind string) model.Source {
	return model.Source{Kind: kind, Digest: fmt.Sprintf("%x", sha256.Sum256(s.Data))}
}

// Facts looks up the overlay that states what the XML of a published
// specification leaves out; false if there is none for this version.
type Facts func(model.Ident) (Source, bool)

// Parse reads a specification of the 0-8 family and resolves it. The file may
// be a published stripped one, a fully documented one, or ours. facts may be
// nil. An error is a [model.Diags] with every finding.
func Parse(src Source, facts Facts) (*model.Spec, error) {
	var diags model.Diags
	b := &builder{diags: &diags}
	root := readTree(src.Name, src.Data, &diags)
	if root == nil {
		return nil, diags.Err()
	}
	spec := b.spec(root)
	if spec == nil {
		return nil, diags.Err()
	}
	spec.Sources = []model.Source{src.identify("spec")}
	if facts != nil {
		b.applyFacts(spec, facts)
	}
	diags = append(diags, spec.Body.(*model.Classic).Resolve()...)
	if err := diags.Err(); err != nil {
		return nil, err
	}
	return spec, nil
}

func (b *builder) applyFacts(spec *model.Spec, facts Facts) {
	src, ok := facts(spec.Ident)
	if !ok {
		return
	}
	if root := readTree(src.Name, src.Data, b.diags); root != nil {
		b.facts(root, spec)
		spec.Sources = append(spec.Sources, src.identify("overlay"))
	}
}
