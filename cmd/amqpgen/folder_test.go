package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFolderIsALink holds which links may stand for the output folder.
func TestFolderIsALink(t *testing.T) {
	for _, c := range []struct{ what, to, want string }{
		{"beside", "real", ""},
		{"beneath", "real/deep", ""},
		{"out", "../elsewhere", "it is a symbolic link that leads out, to "},
		{"out by a link", "way/elsewhere", "it is a symbolic link that leads out, to "},
		{"the folder above", ".", "it is a symbolic link that leads out, to "},
		{"nowhere", "nothing", "it is a symbolic link that leads nowhere; remove it"},
		{"a file", "file", "is no folder"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write(t, "elsewhere/README", "")
			write(t, "home/real/deep/README", "")
			write(t, "home/file", "")
			if err := os.Symlink("..", "home/way"); err != nil {
				t.Skip(err)
			}
			t.Chdir("home")
			if err := os.Symlink(c.to, "amqp08"); err != nil {
				t.Fatal(err)
			}
			r := amqpgen(generate08...)
			if c.want != "" {
				if r.exit != exitFindings || !strings.Contains(r.stderr, c.want) {
					t.Errorf("%+v", r)
				}
				return
			}
			if check := amqpgen(check08...); r.exit != exitOK || check.exit != exitOK {
				t.Errorf("%+v, %+v", r, check)
			}
			if to, err := os.Readlink("amqp08"); err != nil || to != c.to {
				t.Errorf("the link leads to %s, %v", to, err)
			}
			if _, err := os.Stat(filepath.Join(c.to, "wire.go")); err != nil {
				t.Error(err)
			}
		})
	}
}
