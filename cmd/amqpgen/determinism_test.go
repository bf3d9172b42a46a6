package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestCommandIsDeterministic runs the built command from several folders, in
// several languages, time zones and numbers of processors, with an output
// folder that is there and one that is not: one digest. More such runs are
// those of package emit.
func TestCommandIsDeterministic(t *testing.T) {
	command := filepath.Join(t.TempDir(), "amqpgen")
	if out, err := exec.Command("go", "build", "-o", command, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := ""
	for i, env := range [][]string{
		{"LC_ALL=C", "TZ=UTC", "GOMAXPROCS=1"},
		{"LC_ALL=tr_TR.UTF-8", "TZ=Asia/Kathmandu", "GOMAXPROCS=2"},
		{"LANG=de_DE.ISO-8859-1", "TZ=America/Caracas", "GOMAXPROCS=4"},
		{"LC_ALL=ja_JP.EUC-JP", "TZ=:nowhere", "GOMAXPROCS=3", "GOGC=1"},
		{"LANGUAGE=ar", "HOME=/nonexistent", "TMPDIR=/nonexistent"},
	} {
		dir := filepath.Join(t.TempDir(), fmt.Sprintf("folder %d", i))
		for range 2 {
			out := runIn(t, dir, env, command)
			if want == "" {
				want = out
			}
			if out != want {
				t.Errorf("%v: digest %s, want %s", env, out, want)
			}
		}
	}
}

// runIn generates 0-8 in a folder and returns the digest of what came.
func runIn(t *testing.T, dir string, env []string, command string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(command, "generate", "-q", "-spec", "0-8", "-package", "amqp", "-out", "out")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%v\n%s", err, out)
	}
	h := sha256.New()
	entries, err := os.ReadDir(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		fmt.Fprintln(h, e.Name())
		io.WriteString(h, read(t, filepath.Join(dir, "out", e.Name())))
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}
