package qpid

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/internal/process"
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
	for _, end := range []func() error{b.Stop, b.Kill} {
		check(t, end())
		check(t, end())
		if conn, err := net.Dial("tcp", b.Addr()); err == nil {
			conn.Close()
			t.Error("somebody listens after the end")
		}
		if err := b.Pause(); err == nil {
			t.Error("what does not run was paused")
		}
		restart(t, b)
	}
}

// restart starts a broker again, and wants it to answer at the same address, and after a pause.
func restart(t *testing.T, b *Broker) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	defer cancel()
	check(t, b.Restart(ctx))
	if err := b.Restart(ctx); err == nil {
		t.Error("a running broker was started")
	}
	check(t, b.Pause())
	check(t, b.Resume())
	greeting(t, b, "AMQP\x00\x00\x09\x01")
}

// TestFailedStart wants the broker's own words in the error, and nothing left running.
func TestFailedStart(t *testing.T) {
	process.Need(t, Find())
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
