package emit_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"runtime"
	"slices"
	"testing"

	"github.com/amqpgen/amqpgen/emit"
	"github.com/amqpgen/amqpgen/parser"
	"github.com/amqpgen/amqpgen/specs"
)

// digest is one number for a set of files.
func digest(files emit.Files) string {
	h := sha256.New()
	for _, name := range files.Names() {
		fmt.Fprintf(h, "%s %d\n", name, len(files[name]))
		h.Write(files[name])
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// TestDeterminism generates on one processor and on more, in other folders,
// languages and time zones, from a file of another name: all of it gives one
// digest. A test of the command does so from outside.
func TestDeterminism(t *testing.T) {
	want := digest(amqp08(t))
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for i, language := range []string{"", "C", "tr_TR.UTF-8", "de_DE.ISO-8859-1", "ar_EG.UTF-8"} {
		for j, zone := range []string{"", "UTC", "Asia/Kathmandu", "Pacific/Apia"} {
			t.Run(fmt.Sprint(language, zone), func(t *testing.T) {
				t.Chdir(t.TempDir())
				t.Setenv("LC_ALL", language)
				t.Setenv("LANG", language)
				t.Setenv("TZ", zone)
				runtime.GOMAXPROCS(1 + (i+j)%4)
				src := bundled(t, "0-8")
				src.Name = t.Name()
				for range 2 {
					if got := digest(generate(t, parse(t, src, specs.Facts), emit.Options{Package: "amqp08"})); got != want {
						t.Errorf("digest %s, want %s", got, want)
					}
				}
			})
		}
	}
}

var (
	domainElement = regexp.MustCompile(`(?s)<domain .*?</domain>`)
	classElement  = regexp.MustCompile(`(?s)<class .*?</class>`)
)

// TestOrderOfInput shuffles what has no order: domains leave every file as it
// is, but for the digest of the specification in doc.go; classes leave their
// own files as they are, and so do overlays that have nothing in common.
func TestOrderOfInput(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	want := amqp08(t)
	delete(want, "doc.go")
	classFiles := maps.Clone(want)
	for _, ofAll := range []string{"spec_calls.go", "spec_constants.go", "spec_dispatch.go", "spec_options.go"} {
		delete(classFiles, ofAll)
	}
	for range 3 {
		holds(t, shuffledSpec(t, rnd, domainElement), want)
		holds(t, shuffledSpec(t, rnd, classElement), classFiles)
	}
	overlays := []parser.Source{
		{Name: "a.xml", Data: []byte(`<overlay><constant name="a" value="1"/><class name="queue"><doc>A.</doc></class></overlay>`)},
		{Name: "b.xml", Data: []byte(`<overlay><domain name="b" type="bit"/><class name="exchange"><doc>B.</doc></class></overlay>`)},
		{Name: "c.xml", Data: []byte(`<overlay><class name="tx"><method name="commit" overlay="change" synchronous="0"/></class></overlay>`)},
	}
	inOrder := overlaid(t, overlays)
	delete(inOrder, "doc.go")
	for range 3 {
		rnd.Shuffle(len(overlays), func(i, j int) { overlays[i], overlays[j] = overlays[j], overlays[i] })
		holds(t, overlaid(t, overlays), inOrder)
	}
}

// shuffledSpec generates from 0-8 with the elements of a kind in another order.
func shuffledSpec(t *testing.T, rnd *rand.Rand, kind *regexp.Regexp) emit.Files {
	t.Helper()
	src := bundled(t, "0-8")
	elements := kind.FindAll(src.Data, -1)
	order := rnd.Perm(len(elements))
	if len(elements) < 10 || slices.IsSorted(order) {
		t.Fatalf("%d elements in the order %v", len(elements), order)
	}
	i := -1
	src.Data = kind.ReplaceAllFunc(src.Data, func([]byte) []byte {
		i++
		return elements[order[i]]
	})
	return generate(t, parse(t, src, specs.Facts), emit.Options{Package: "amqp08"})
}

func overlaid(t *testing.T, overlays []parser.Source) emit.Files {
	t.Helper()
	spec, err := parser.Parse(bundled(t, "0-8"), specs.Facts, overlays...)
	if err != nil {
		t.Fatal(err)
	}
	return generate(t, spec, emit.Options{Package: "amqp08"})
}

// holds compares some files.
func holds(t *testing.T, got, want emit.Files) {
	t.Helper()
	for name, text := range want {
		if !bytes.Equal(got[name], text) {
			t.Errorf("%s is another", name)
		}
	}
}
