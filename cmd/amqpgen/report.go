package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// summary says in a line what was done.
func (d *difference) summary() string {
	if len(d.changes) == 0 {
		return fmt.Sprintf("all %d files are up to date", len(d.files))
	}
	written := 0
	var removed []string
	for _, ch := range d.changes {
		if ch.new == nil {
			removed = append(removed, ch.name)
		} else {
			written++
		}
	}
	s := fmt.Sprintf("%d of %d files written", written, len(d.files))
	if len(removed) > 0 {
		s += ", removed of an earlier run: " + strings.Join(removed, ", ")
	}
	return s
}

// sayOverwritten names the files whose edits are lost.
func (d *difference) sayOverwritten(w io.Writer) {
	for _, ch := range d.changes {
		if ch.edited && ch.new != nil {
			d.say(w, ch.name, "was edited by hand; overwritten")
		} else if ch.edited {
			d.say(w, ch.name, "was edited by hand; removed")
		}
	}
}

// sayStates names each file that differs, and says how.
func (d *difference) sayStates(w io.Writer) {
	for _, ch := range d.changes {
		d.say(w, ch.name, ch.state())
	}
}

// sayLeft names what looks like ours and is left alone.
func (d *difference) sayLeft(w io.Writer) {
	for _, name := range d.unlisted {
		d.say(w, name, "not in the manifest, left alone; remove it if nothing needs it")
	}
	for _, dir := range d.left {
		fmt.Fprintf(w, "amqpgen: %s: left by a run that was stopped; it cannot be removed, or holds what amqpgen did not write\n", dir)
	}
}

func (d *difference) say(w io.Writer, name, what string) {
	fmt.Fprintf(w, "amqpgen: %s: %s\n", filepath.Join(d.folder.path, name), what)
}

// sayAgain warns of what go generate ./... does: it lists all files before it
// runs the first command, and stops at one that is not there any more.
func (d *difference) sayAgain(w io.Writer) {
	removes := func(ch change) bool { return ch.new == nil }
	if os.Getenv("GOFILE") != "" && slices.ContainsFunc(d.changes, removes) {
		fmt.Fprintln(w, "amqpgen: if go generate now stops at a file that was removed, run it again")
	}
}

// count says how many files differ.
func (d *difference) count() string {
	if len(d.changes) == 1 {
		return "1 file differs"
	}
	return fmt.Sprintf("%d files differ", len(d.changes))
}
