package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/amqpgen/amqpgen/emit"
)

// manifestName is the file that lists the others of a package with their
// digests, in the format of sha256sum. It tells a later run which files an
// earlier one wrote, and whether somebody has edited them since.
const manifestName = "amqpgen.sum"

// manifest maps the names of files to their digests.
type manifest map[string]string

// formatManifest lists files in the order of their names.
func formatManifest(files emit.Files) []byte {
	var b strings.Builder
	for _, name := range files.Names() {
		fmt.Fprintf(&b, "%s  %s\n", digestOf(files[name]), name)
	}
	return []byte(b.String())
}

func digestOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// parseManifest reads a manifest, which anybody may have written: what it
// lists can be nothing but Go files of its own folder.
func parseManifest(path string, text []byte) (manifest, error) {
	m := manifest{}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		digest, name, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "  ")
		switch {
		case !ok || !isDigest(digest):
			return nil, brokenManifest(path, number, "not a digest, two blanks and a name")
		case !listable(name):
			return nil, brokenManifest(path, number, fmt.Sprintf("%q is not the bare name of a Go file", name))
		case m[name] != "":
			return nil, brokenManifest(path, number, name+" comes twice")
		}
		m[name] = digest
	}
	return m, nil
}

func brokenManifest(path string, line int, what string) error {
	return fmt.Errorf("%s:%d: %s; restore the file as amqpgen wrote it, or remove it and generate again: then no file of an earlier run is removed",
		path, line, what)
}

func isDigest(s string) bool {
	sum, err := hex.DecodeString(s)
	return err == nil && len(sum) == sha256.Size && s == strings.ToLower(s)
}

// listable accepts names that lead nowhere on any system.
func listable(name string) bool {
	stem, isGo := strings.CutSuffix(name, ".go")
	return isGo && stem != "" && stem[0] != '.' && !strings.ContainsAny(name, "/\\:\x00")
}

// edited tells whether a file is no longer what the manifest says was
// written. Line ends that were changed on checkout are no edit.
func (m manifest) edited(name string, text []byte) bool {
	was, listed := m[name]
	return listed && was != digestOf(text) &&
		was != digestOf([]byte(strings.ReplaceAll(string(text), "\r\n", "\n")))
}
