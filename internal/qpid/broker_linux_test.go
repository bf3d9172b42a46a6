package qpid

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestLife takes one broker through its life, and looks at what it answers to each version of AMQP.
func TestLife(t *testing.T) {
	b := ForTest(t)
	for _, row := range []struct {
		header string
		want   string // major and minor version in connection.start
	}{
		{"AMQP\x01\x01\x08\x00", "\x08\x00"},
		{"AMQP\x01\x01\x00\x09", "\x00\x09"},
		{"AMQP\x00\x00\x09\x01", "\x00\x09"},
	} {
		if got := greeting(t, b, row.header); got != row.want {
			t.Errorf("header %q brings version %q, want %q", row.header, got, row.want)
		}
	}
	if want := "amqp://guest:guest@" + b.Addr() + "/"; b.URI() != want {
		t.Errorf("URI %s, want %s", b.URI(), want)
	}
	if !strings.Contains(b.Log(), "Qpid Broker Ready") {
		t.Errorf("the log has no start:\n%s", b.Log())
	}
	check(t, b.Stop())
	check(t, b.Stop())
	if conn, err := net.Dial("tcp", b.Addr()); err == nil {
		conn.Close()
		t.Error("somebody listens after Stop")
	}
}

// TestFailedStart wants the broker's own words in the error, and nothing left running.
func TestFailedStart(t *testing.T) {
	need(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := Start(ctx, t.TempDir(), &Options{Context: map[string]string{"qpid.broker.networkBufferSize": "huge"}})
	if err == nil || !strings.Contains(err.Error(), "huge") {
		t.Errorf("Start with a bad option: %v", err)
	}
	cancel()
	if _, err := Start(ctx, t.TempDir(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Start that may not take any time: %v", err)
	}
}

// deserter is set to the directory of a broker in the child of TestDeserted.
const deserter = "AMQPGEN_TEST_DESERTER"

// TestDeserted starts a broker in another process, kills that process, and looks for what it left.
func TestDeserted(t *testing.T) {
	if dir := os.Getenv(deserter); dir != "" {
		b, err := Start(t.Context(), dir, nil)
		check(t, err)
		defer b.Stop()
		fmt.Printf("\npid %d\n", b.server.cmd.Process.Pid)
		time.Sleep(time.Minute)
		return
	}
	need(t)
	child := exec.Command(os.Args[0], "-test.run=^TestDeserted$")
	child.Env = append(os.Environ(), deserter+"="+t.TempDir())
	out, err := child.StdoutPipe()
	check(t, err)
	check(t, child.Start())
	var pid int
	_, err = fmt.Fscanf(out, "\npid %d\n", &pid)
	check(t, errors.Join(err, child.Process.Kill()))
	_ = child.Wait() // killed, as intended
	for end := time.Now().Add(10 * time.Second); !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("process %d is left after its parent's death", pid)
		}
	}
}

// greeting sends a protocol header, wants a connection.start, and returns the version in it.
func greeting(t *testing.T, b *Broker, header string) string {
	t.Helper()
	conn, err := net.DialTimeout("tcp", b.Addr(), 5*time.Second)
	check(t, err)
	defer conn.Close()
	check(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = io.WriteString(conn, header)
	check(t, err)
	head := make([]byte, 13)
	if _, err := io.ReadFull(conn, head); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(head[:3], []byte{1, 0, 0}) || !bytes.Equal(head[7:11], []byte{0, 10, 0, 10}) {
		t.Fatalf("% x is no connection.start", head)
	}
	return string(head[11:])
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
