// Package specs bundles AMQP specifications, in the published XML vocabulary
// with documentation of our own, and the overlays that state what no
// published XML does.
package specs

import (
	"embed"
	"fmt"
	"strings"

	"github.com/amqpgen/amqpgen/model"
	"github.com/amqpgen/amqpgen/parser"
)

//go:embed *.xml overlays/*.xml
var files embed.FS

// Entry describes a bundled specification.
type Entry struct {
	Name   string // what -spec takes, such as 0-8
	File   string // within this package
	Origin string // where its facts come from
}

// Bundled lists the specifications, oldest first.
var Bundled = []Entry{
	{Name: "0-8", File: "amqp0-8.xml", Origin: "AMQP Working Group, AMQP 0-8, published June 2006"},
}

// Open returns a bundled specification by name.
func Open(name string) (parser.Source, error) {
	for _, e := range Bundled {
		if e.Name == name {
			return read(e.File)
		}
	}
	names := make([]string, len(Bundled))
	for i, e := range Bundled {
		names[i] = e.Name
	}
	return parser.Source{}, fmt.Errorf("no bundled specification is called %q; there are: %s", name, strings.Join(names, ", "))
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
