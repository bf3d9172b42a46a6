package main

import (
	"os"
	"syscall"
	"testing"
)

// TestModes holds that files are 0644 and a new folder 0755, and that a folder
// keeps the mode that it has, whatever the mask of the process.
func TestModes(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	fresh(t)
	mode := func(path string) os.FileMode {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	if folder, file := mode("amqp08"), mode("amqp08/wire.go"); folder != 0o755 || file != 0o644 {
		t.Errorf("folder %o, file %o", folder, file)
	}
	if err := os.Chmod("amqp08", 0o750); err != nil {
		t.Fatal(err)
	}
	earlier(t, "wire.go", read(t, "amqp08/wire.go")+"\n")
	if r := amqpgen(generate08...); r.exit != exitOK {
		t.Errorf("%+v", r)
	}
	if folder, file := mode("amqp08"), mode("amqp08/wire.go"); folder != 0o750 || file != 0o644 {
		t.Errorf("folder %o, file %o", folder, file)
	}
}
