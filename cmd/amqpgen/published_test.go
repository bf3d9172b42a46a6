package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPublishedFileIsCompleted generates from the published 0-9, which lacks
// a domain that it names: the bundled facts add it, and the command says so.
func TestPublishedFileIsCompleted(t *testing.T) {
	const file = "/usr/share/amqp/specs/0-9/amqp0-9.stripped.xml"
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) && os.Getenv("AMQPGEN_REQUIRE_LIVE") != "1" {
		t.Skipf("%s is not there; install Debian's package amqp-specs", file)
	}
	out := filepath.Join(t.TempDir(), "amqp09")
	r := amqpgen("generate", "-spec", file, "-out", out)
	if r.exit != exitOK || !strings.Contains(r.stderr, "amqpgen: with the bundled facts of AMQP 0-9\n") {
		t.Errorf("%+v", r)
	}
	if text := read(t, filepath.Join(out, "spec_message.go")); !strings.Contains(text, `b = d.content(b, "body", &m.Body)`) {
		t.Error("message.transfer has no body")
	}
}
