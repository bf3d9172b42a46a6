// Package specs bundles AMQP specifications, in the published XML vocabulary
// with documentation of our own, and the overlays that state what no
// published XML does.
package specs

import (
	"cmp"
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/amqpgen/amqpgen/model"
	"github.com/amqpgen/amqpgen/parser"
)

//go:embed *.xml overlays/*.xml
var files embed.FS

// Entry describes a bundled specification.
type Entry struct {
	Name     string   // what -spec takes, such as 0-8
	File     string   // within this package
	Overlays []string // within overlays, in order
	Origin   string   // where its facts come from
}

// Bundled lists the specifications, oldest first.
var Bundled = []Entry{
	{Name: "0-8", File: "amqp0-8.xml", Origin: "AMQP Working Group, AMQP 0-8, published June 2006"},
	{Name: "0-9", File: "amqp0-9.xml", Origin: "AMQP Working Group, AMQP 0-9, published December 2006"},
	{Name: "0-9-1", File: "amqp0-9-1.xml", Overlays: []string{"amqp0-9-1-replies.xml"}, Origin: "AMQP Working Group, AMQP 0-9-1, published November 2008"},
	{Name: "rabbitmq", File: "amqp0-9-1.xml", Overlays: []string{"amqp0-9-1-replies.xml", "rabbitmq-0-9-1.xml"}, Origin: "0-9-1 with what RabbitMQ adds"},
	{Name: "rabbitmq-0-8", File: "amqp0-8.xml", Overlays: []string{"rabbitmq-0-8.xml"}, Origin: "0-8 with what RabbitMQ adds, up to 3.13"},
	{Name: "qpid-0-8", File: "amqp0-8.xml", Overlays: []string{"qpid-0-8.xml"}, Origin: "0-8 as Apache Qpid speaks it"},
	{Name: "qpid-0-9", File: "amqp0-9.xml", Overlays: []string{"qpid-0-9.xml"}, Origin: "0-9 as Apache Qpid speaks it"},
	{Name: "qpid", File: "amqp0-9-1.xml", Overlays: []string{"amqp0-9-1-replies.xml", "qpid-0-9-1.xml"}, Origin: "0-9-1 as Apache Qpid speaks it"},
}

// Open returns a bundled specification by name, and the overlays that belong
// to it.
func Open(name string) (spec parser.Source, overlays []parser.Source, err error) {
	i := slices.IndexFunc(Bundled, func(e Entry) bool { return e.Name == name })
	if i < 0 {
		var names []string
		for _, e := range Bundled {
			names = append(names, e.Name)
		}
		return parser.Source{}, nil, fmt.Errorf("no bundled specification is called %q; there are: %s", name, strings.Join(names, ", "))
	}
	if overlays, err = Bundled[i].layers(); err != nil {
		return parser.Source{}, nil, err
	}
	spec, err = read(Bundled[i].File)
	return spec, overlays, err
}

// layers reads the entry's overlays.
func (e Entry) layers() ([]parser.Source, error) {
	var out []parser.Source
	for _, file := range e.Overlays {
		layer, err := read("overlays/" + file)
		if err != nil {
			return nil, err
		}
		out = append(out, layer)
	}
	return out, nil
}

// Overlay returns the vendor's overlay for a version, such as that of qpid for
// 0-9-1, behind those that it builds on, less what is among have.
func Overlay(version model.Ident, vendor string, have []parser.Source) ([]parser.Source, error) {
	own := vendor + "-" + version.String() + ".xml"
	i := slices.IndexFunc(Bundled, func(e Entry) bool { return slices.Contains(e.Overlays, own) })
	if i < 0 {
		return nil, fmt.Errorf("there is no bundled overlay %q for AMQP %s; there are: %s", vendor, version, vendors(version))
	}
	layers, err := Bundled[i].layers()
	return slices.DeleteFunc(layers, func(layer parser.Source) bool {
		return !strings.HasSuffix(layer.Name, "/"+own) &&
			slices.ContainsFunc(have, func(s parser.Source) bool { return s.Name == layer.Name })
	}), err
}

// vendors lists whose overlays there are for a version.
func vendors(version model.Ident) string {
	var names []string
	for _, e := range Bundled {
		for _, file := range e.Overlays {
			if vendor, ok := strings.CutSuffix(file, "-"+version.String()+".xml"); ok {
				names = append(names, vendor)
			}
		}
	}
	return cmp.Or(strings.Join(names, ", "), "none")
}

// Load reads a bundled specification by name.
func Load(name string) (*model.Spec, error) {
	src, overlays, err := Open(name)
	if err != nil {
		return nil, err
	}
	return parser.Parse(src, Facts, overlays...)
}

// Facts finds the overlay for a version, for [parser.Parse].
func Facts(id model.Ident) (parser.Source, bool) {
	src, err := read("overlays/amqp" + id.String() + "-facts.xml")
	return src, err == nil
}

func read(file string) (parser.Source, error) {
	data, err := files.ReadFile(file)
	return parser.Source{Name: "specs/" + file, Data: data}, err
}
