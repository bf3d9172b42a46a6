package generator

import (
	"strings"
	"testing"
)

// TestRound holds that each process and each stage has its turn, once, and
// that a failure is not taken for a result.
func TestRound(t *testing.T) {
	dir := t.TempDir()
	tools, err := findTools(dir)
	if err != nil {
		t.Fatal(err)
	}
	p, err := BuildPipeline(dir)
	if err != nil {
		t.Fatal(err)
	}
	b := newBreakdown(tools, "0-8")
	if err := b.round(p, dir); err != nil {
		t.Fatal(err)
	}
	if b.files < 50 {
		t.Errorf("%d files are written", b.files)
	}
	for _, r := range b.rows() {
		if len(r.cpu) != 1 {
			t.Errorf("%s: %d rounds", r.name, len(r.cpu))
		}
	}
	if _, err := p.Apart("no-such"); err == nil || !strings.Contains(err.Error(), `no bundled specification is called "no-such"`) {
		t.Errorf("the error is %v", err)
	}
}

func TestStagesAreRead(t *testing.T) {
	s, err := parseStages("parse 2000000\ngenerate 3500000\n")
	if err != nil || s.Whole() != 5.5 {
		t.Errorf("got %v, %v", s, err)
	}
	if _, err := parseStages("parse\n"); err == nil {
		t.Error("half a line is no error")
	}
}

func TestSurface(t *testing.T) {
	const text = `// Package p is documented.
package p

// A is a constant.
const A, b = 1, 2

type (
	T[K any] struct{ X int }
	u struct{}
)

// M is a method.
func (t *T[K]) M() {
	// nothing
}

func (u) N() {}

func F() int {
	return A
}
`
	var s surface
	if err := s.add([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if want := (surface{files: 1, lines: 21, code: 12, functions: 3, exported: 4}); s != want {
		t.Errorf("got %+v, want %+v", s, want)
	}
}

func TestSurfaceReport(t *testing.T) {
	var b strings.Builder
	if err := reportSurface(&b, "", 1); err != nil {
		t.Fatal(err)
	}
	for _, p := range packages {
		if !strings.Contains(b.String(), "\n| "+p.name+" | ") {
			t.Errorf("nothing about %s:\n%s", p.name, &b)
		}
	}
}
