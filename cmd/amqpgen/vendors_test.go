package main

import (
	"bytes"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/emit"
	"github.com/amqpgen/amqpgen/specs"
)

// TestVendorsByOverlay writes each vendor's package in three ways: by its
// short name, by overlay on the bundled specification, and by overlay on a file
// that declares the same version.
func TestVendorsByOverlay(t *testing.T) {
	ways := 0
	for _, entry := range specs.Bundled {
		vendor, base := vendorOf(entry)
		if vendor == "" {
			continue
		}
		want := pack(t, entry.Name)
		for _, spec := range []string{base, filepath.Join("..", "..", "specs", entry.File)} {
			ways++
			if got := pack(t, spec, vendor); !maps.EqualFunc(got, want, bytes.Equal) {
				t.Errorf("-spec %s -overlay %s writes something else than -spec %s", spec, vendor, entry.Name)
			}
		}
	}
	if ways < 10 {
		t.Errorf("only %d ways were tried", ways)
	}
}

// vendorOf takes the name of an entry's last overlay apart, such as
// qpid-0-9-1.xml; the base is the entry without it.
func vendorOf(e specs.Entry) (vendor, base string) {
	for _, plain := range specs.Bundled {
		n := len(plain.Overlays)
		if plain.File != e.File || len(e.Overlays) != n+1 || !slices.Equal(e.Overlays[:n], plain.Overlays) {
			continue
		}
		return strings.TrimSuffix(e.Overlays[n], "-"+plain.Name+".xml"), plain.Name
	}
	return "", ""
}

// pack generates a package in memory.
func pack(t *testing.T, spec string, overlays ...string) emit.Files {
	t.Helper()
	loaded, err := loadSpec(spec, overlays, bundledFacts)
	if err != nil {
		t.Fatal(err)
	}
	files, err := emit.Generate(loaded, emit.Options{Package: "amqp"})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
