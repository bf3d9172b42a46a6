package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/emit"
)

func TestCheckClean(t *testing.T) {
	fresh(t)
	before := snapshot(t, "amqp08")
	r := amqpgen(check08...)
	if want := fmt.Sprintf("amqpgen: amqp08: all %d files are up to date\n", len(before)); r != (result{exitOK, "", want}) {
		t.Errorf("%+v", r)
	}
	unchanged(t, "amqp08", before)
}

// TestCheckShowsWhatDiffers breaks a package in each way, and mends it by the
// diff that check prints.
func TestCheckShowsWhatDiffers(t *testing.T) {
	fresh(t)
	edit := func(name, old, new string) {
		path := filepath.Join("amqp08", name)
		text := read(t, path)
		if !strings.Contains(text, old) {
			t.Fatalf("%s has no %s", name, old)
		}
		write(t, path, strings.ReplaceAll(text, old, new))
	}
	edit("wire.go", "\nfunc ", "\n\nfunc ")
	edit("spec_queue.go", "QueueDeclare", "DeclareQueue")
	edit("spec_tx.go", "\n}\n", "\n}")
	write(t, "amqp08/spec_basic.go", emit.Header)
	earlier(t, "old.go", emit.Header+"\npackage amqp08\n")
	earlier(t, "older.go", strings.TrimSuffix(emit.Header+"\npackage amqp08", "\n"))
	edit("older.go", "package amqp08", "package amqp07")
	earlier(t, "tx.go", read(t, "amqp08/tx.go")+"\n// as it was once\n")
	write(t, "amqp08/spec_basic.go", emit.Header)
	earlier(t, "old.go", emit.Header+"\npackage amqp08\n")
	earlier(t, "older.go", strings.TrimSuffix(emit.Header+"\npackage amqp08", "\n"))
	edit("older.go", "package amqp08", "package amqp07")
	edit(manifestName, digestOf([]byte(read(t, "amqp08/tx.go"))), digestOf([]byte("an older one")))
	edit("tx.go", "(", " (")
	edit(manifestName, digestOf([]byte("an older one")), digestOf([]byte(read(t, "amqp08/tx.go"))))
	if err := os.Remove("amqp08/frame.go"); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, "amqp08")
	r := amqpgen(check08...)
	const want = `amqpgen: amqp08/amqpgen.sum: out of date
amqpgen: amqp08/frame.go: missing
amqpgen: amqp08/old.go: extra, left from an earlier run
amqpgen: amqp08/older.go: extra, left from an earlier run and edited by hand
amqpgen: amqp08/spec_basic.go: edited by hand
amqpgen: amqp08/spec_queue.go: edited by hand
amqpgen: amqp08/spec_tx.go: edited by hand
amqpgen: amqp08/tx.go: out of date
amqpgen: amqp08/wire.go: edited by hand
amqpgen: amqp08: 9 files differ; mend it with: amqpgen generate -spec 0-8 -package amqp08 -out amqp08
`
	if r.exit != exitFindings || filepath.ToSlash(r.stderr) != want {
		t.Errorf("exit %d, stderr %s", r.exit, r.stderr)
	}
	unchanged(t, "amqp08", before)
	for path, patch := range patches(t, r.stdout) {
		if err := apply(path, patch); err != nil {
			t.Errorf("%s: %v\n%s", path, err, strings.Join(patch, ""))
		}
	}
	if r := amqpgen(check08...); r.exit != exitOK {
		t.Errorf("the diff does not mend the package: %+v", r)
	}
}

func TestMendingCommandIsOneForShells(t *testing.T) {
	for _, c := range []struct {
		t    target
		want string
	}{
		{target{spec: "0-8", pkg: "a", out: "a"}, "amqpgen generate -spec 0-8 -package a -out a"},
		{target{spec: "my specs/it's.xml", pkg: "a", out: "$HOME", specOnly: true},
			`amqpgen generate -spec 'my specs/it'\''s.xml' -package a -out '$HOME' -spec-only`},
	} {
		if got := c.t.command(); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

// patches cuts a diff of several files apart.
func patches(t *testing.T, diff string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	path := ""
	all := lines([]byte(diff))
	for i, line := range all {
		if old, ok := strings.CutPrefix(line, "--- "); ok && i+1 < len(all) && strings.HasPrefix(all[i+1], "+++ ") {
			path = strings.TrimPrefix(strings.TrimSpace(old), "a/")
			if path == "/dev/null" {
				path = strings.TrimPrefix(strings.TrimSpace(all[i+1]), "+++ b/")
			}
		}
		out[path] = append(out[path], line)
	}
	return out
}

// apply patches a file as the tool of that name does, without any fuzz.
func apply(path string, patch []string) error {
	old, err := os.ReadFile(path)
	if fresh := patch[0] == "--- /dev/null\n"; fresh != os.IsNotExist(err) {
		return fmt.Errorf("%s: %v", patch[0], err)
	}
	text, err := patched(string(old), patch)
	if err != nil {
		return err
	}
	if patch[1] == "+++ /dev/null\n" {
		if text != "" {
			return fmt.Errorf("%q is left of a file to remove", text)
		}
		return os.Remove(path)
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// patched returns the text that a patch makes of old.
func patched(old string, patch []string) (string, error) {
	var out strings.Builder
	rest := lines([]byte(old))
	at := 0 // lines of old that are done
	body := patch[2:]
	for len(body) > 0 {
		h, err := parseHunk(body[0])
		if err != nil {
			return "", err
		}
		skip := h.oldStart - at
		if skip < 0 || skip > len(rest) {
			return "", fmt.Errorf("%s is out of order", body[0])
		}
		out.WriteString(strings.Join(rest[:skip], ""))
		rest, body = rest[skip:], body[1:]
		if got := strings.Count(out.String(), "\n"); got != h.newStart {
			return "", fmt.Errorf("the hunk is for line %d of the new text, which has %d before it", h.newStart, got)
		}
		if rest, body, err = h.apply(&out, rest, body); err != nil {
			return "", err
		}
		at = h.oldStart + h.oldCount
	}
	return out.String() + strings.Join(rest, ""), nil
}

// hunk is the head of one; starts count the lines before it.
type hunk struct {
	oldStart, oldCount, newStart, newCount int
}

func parseHunk(head string) (hunk, error) {
	var h hunk
	n, err := fmt.Sscanf(head, "@@ -%d,%d +%d,%d @@\n", &h.oldStart, &h.oldCount, &h.newStart, &h.newCount)
	if err != nil || n != 4 {
		return h, fmt.Errorf("%q is no head of a hunk", head)
	}
	h.oldStart -= one(h.oldCount > 0)
	h.newStart -= one(h.newCount > 0)
	return h, nil
}

func (h hunk) apply(out *strings.Builder, old, body []string) ([]string, []string, error) {
	oldCount, newCount := 0, 0
	for oldCount < h.oldCount || newCount < h.newCount {
		if len(body) == 0 || body[0] == "\n" {
			return nil, nil, fmt.Errorf("the hunk ends early")
		}
		op, line := body[0][0], body[0][1:]
		if body = body[1:]; len(body) > 0 && strings.HasPrefix(body[0], `\`) {
			line, body = strings.TrimSuffix(line, "\n"), body[1:]
		}
		if op != '+' {
			if len(old) == 0 || old[0] != line {
				return nil, nil, fmt.Errorf("%q is not what stands there", line)
			}
			old = old[1:]
			oldCount++
		}
		if op != '-' {
			out.WriteString(line)
			newCount++
		}
	}
	return old, body, nil
}

func TestUnifiedDiff(t *testing.T) {
	numbered := func(from, to int) string {
		var b strings.Builder
		for i := from; i <= to; i++ {
			b.WriteString(strconv.Itoa(i) + "\n")
		}
		return b.String()
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"equal", "a\n", "a\n", ""},
		{"insert", "a\nc\n", "a\nb\nc\n", "@@ -1,2 +1,3 @@\n a\n+b\n c\n"},
		{"delete all", "a\nb\n", "", "@@ -1,2 +0,0 @@\n-a\n-b\n"},
		{"from nothing", "", "a\n", "@@ -0,0 +1,1 @@\n+a\n"},
		{"no newline before", "a\nb", "a\nb\n", "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n"},
		{"no newline after", "a\n", "a", "@@ -1,1 +1,1 @@\n-a\n+a\n\\ No newline at end of file\n"},
		{"no newline in both", "a\nc", "b\nc", "@@ -1,2 +1,2 @@\n-a\n+b\n c\n\\ No newline at end of file\n"},
		{
			"two hunks", numbered(1, 20), "0\n" + numbered(1, 19),
			"@@ -1,3 +1,4 @@\n+0\n 1\n 2\n 3\n@@ -17,4 +18,3 @@\n 17\n 18\n 19\n-20\n",
		}, {
			"six lines apart is one hunk", numbered(1, 8), "0\n" + numbered(2, 7) + "9\n",
			"@@ -1,8 +1,8 @@\n-1\n+0\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+9\n",
		}, {
			"seven lines apart are two", numbered(1, 9), "0\n" + numbered(2, 8) + "10\n",
			"@@ -1,4 +1,4 @@\n-1\n+0\n 2\n 3\n 4\n@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+10\n",
		},
	} {
		got := unifiedDiff("x", []byte(c.old), []byte(c.new))
		if want := "--- a/x\n+++ b/x\n" + c.want; got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, want)
		}
	}
}

// FuzzDiff asserts that a diff, applied to the old text, gives the new one.
func FuzzDiff(f *testing.F) {
	f.Add("a\nb\nc\n", "a\nx\nc\n")
	f.Add("", "a")
	f.Add("a\nb\na\nb\na\n", "b\na\nb\na\nb")
	f.Add("a\n\n\nb\n", "\n")
	f.Add(strings.Repeat("a\nb\n", 1500), strings.Repeat("c\nb\nd\n", 1500))
	f.Fuzz(func(t *testing.T, old, new string) {
		diff := lines([]byte(unifiedDiff("x", []byte(old), []byte(new))))
		got, err := patched(old, diff)
		if err != nil || got != new {
			t.Errorf("%v\n%q\n%q\n%q", err, got, new, diff)
		}
	})
}
