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

// Version reads no more of a specification than which one it is.
func Version(src Source) (model.Ident, error) {
	var diags model.Diags
	b := &builder{diags: &diags}
	root := readTree(src.Name, src.Data, &diags)
	if root == nil || !b.isSpec(root) {
		return model.Ident{}, diags.Err()
	}
	return b.identOf(root), nil
}

// Parse reads a specification of the 0-8 family, merges overlays into it in
// their order, and resolves it. The file may be a published stripped one, a
// fully documented one, or ours. facts may be nil; the overlay that it finds
// comes first. An error is a [model.Diags] with every finding.
func Parse(src Source, facts Facts, overlays ...Source) (*model.Spec, error) {
	var diags model.Diags
	b := &builder{diags: &diags}
	root := readTree(src.Name, src.Data, &diags)
	if root == nil || !b.isSpec(root) {
		return nil, diags.Err()
	}
	sources := []model.Source{src.identify("spec")}
	if facts != nil {
		if overlay, ok := facts(b.identOf(root)); ok {
			overlays = append([]Source{overlay}, overlays...)
		}
	}
	for _, overlay := range overlays {
		if tree := readTree(overlay.Name, overlay.Data, &diags); tree != nil {
			b.overlay(root, tree, b.identOf(root))
		}
		sources = append(sources, overlay.identify("overlay"))
	}
	spec := b.spec(root)
	spec.Sources = sources
	diags = append(diags, spec.Body.(*model.Classic).Resolve()...)
	if err := diags.Err(); err != nil {
		return nil, err
	}
	return spec, nil
}
