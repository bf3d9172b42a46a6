package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/emit"
)

func TestManifestReads(t *testing.T) {
	const digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	const bare = " is not the bare name of a Go file"
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{digest + "  a.go\n", ""},
		{digest + "  a.go\r\n" + digest + "  b.go", ""},
		{digest + "  a.go\n" + digest + "  a.go\n", "sum:2: a.go comes twice"},
		{digest + " a.go\n", "sum:1: not a digest, two blanks and a name"},
		{digest + "\n", "sum:1: not a digest, two blanks and a name"},
		{"\n", "sum:1: not a digest, two blanks and a name"},
		{"<<<<<<< HEAD\n" + digest + "  a.go\n", "sum:1: not a digest, two blanks and a name"},
		{digest[2:] + "  a.go\n", "sum:1: not a digest, two blanks and a name"},
		{strings.ToUpper(digest) + "  a.go\n", "sum:1: not a digest, two blanks and a name"},
		{digest + "  a.go \n", `sum:1: "a.go "` + bare},
		{digest + "  a.txt\n", `sum:1: "a.txt"` + bare},
		{digest + "  .go\n", `sum:1: ".go"` + bare},
		{digest + "  ..go\n", `sum:1: "..go"` + bare},
		{digest + "  ../a.go\n", `sum:1: "../a.go"` + bare},
		{digest + "  b/a.go\n", `sum:1: "b/a.go"` + bare},
		{digest + "  /a.go\n", `sum:1: "/a.go"` + bare},
		{digest + "  b\\a.go\n", `sum:1: "b\\a.go"` + bare},
		{digest + "  c:a.go\n", `sum:1: "c:a.go"` + bare},
		{digest + "  amqpgen.sum\n", `sum:1: "amqpgen.sum"` + bare},
	} {
		_, err := parseManifest("sum", []byte(c.text))
		switch {
		case err == nil && c.want != "":
			t.Errorf("%q is accepted", c.text)
		case err != nil && (c.want == "" || !strings.HasPrefix(err.Error(), c.want+"; restore")):
			t.Errorf("%q: %v, want %s", c.text, err, c.want)
		}
	}
}

// TestManifestIsForSha256sum has the tool of that name check a package.
func TestManifestIsForSha256sum(t *testing.T) {
	tool, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Skip(err)
	}
	fresh(t)
	cmd := exec.Command(tool, "-c", manifestName)
	cmd.Dir = "amqp08"
	out, err := cmd.CombinedOutput()
	if n := len(snapshot(t, "amqp08")) - 1; err != nil || strings.Count(string(out), ": OK\n") != n {
		t.Errorf("%v, and not %d files:\n%s", err, n, out)
	}
}

func TestEdited(t *testing.T) {
	m, err := parseManifest("sum", formatManifest(emit.Files{"a.go": []byte("one\ntwo\n")}))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text string
		want       bool
	}{
		{"a.go", "one\ntwo\n", false},
		{"a.go", "one\r\ntwo\r\n", false},
		{"a.go", "one\nthree\n", true},
		{"a.go", "", true},
		{"b.go", "one\n", false},
	} {
		if got := m.edited(c.name, []byte(c.text)); got != c.want {
			t.Errorf("%s with %q: %t", c.name, c.text, got)
		}
	}
}
