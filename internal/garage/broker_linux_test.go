package garage

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/internal/process"
)

// TestLife takes one broker through its life, and looks at what it answers to each version of AMQP.
func TestLife(t *testing.T) {
	b := ForTest(t)
	for _, c := range []struct {
		header, want string // want: how the answer begins
	}{
		{"AMQP\x00\x00\x09\x01", "\x01\x00\x00"}, // a method frame: connection.start
		{"AMQP\x01\x01\x00\x09", "AMQP\x00\x00\x09\x01"},
		{"AMQP\x01\x01\x08\x00", "AMQP\x00\x00\x09\x01"},
	} {
		if got := answer(t, b, c.header, len(c.want)); got != c.want {
			t.Errorf("header %q brings %q, want %q", c.header, got, c.want)
		}
	}
	if want := "amqp://guest:guest@" + b.Addr() + "/"; b.URI() != want {
		t.Errorf("URI %s, want %s", b.URI(), want)
	}
	check(t, b.Stop())
	check(t, b.Stop())
	if process.Answers(b.port) {
		t.Error("somebody listens after Stop")
	}
}

// TestFailedStart wants nothing left running.
func TestFailedStart(t *testing.T) {
	process.Need(t, Find())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(ctx, t.TempDir()); !errors.Is(err, context.Canceled) {
		t.Errorf("Start that may not take any time: %v", err)
	}
}

// answer sends a protocol header and returns the first octets that come back.
func answer(t *testing.T, b *Broker, header string, octets int) string {
	t.Helper()
	conn, err := net.DialTimeout("tcp", b.Addr(), 5*time.Second)
	check(t, err)
	defer conn.Close()
	check(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = io.WriteString(conn, header)
	check(t, err)
	got := make([]byte, octets)
	_, err = io.ReadFull(conn, got)
	check(t, err)
	return string(got)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
