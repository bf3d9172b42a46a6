package main

import (
	"io"
	"net"
	"reflect"
	"testing"

	"github.com/amqpgen/amqpgen/golden"
)

const (
	header = "AMQP\x01\x01\x09\x01"
	opened = "\x01\x00\x01\x00\x00\x00\x04\x00\x14\x00\x0b\xce"
	beat   = "\x08\x00\x00\x00\x00\x00\x00\xce"
)

// TestTap sends frames in pieces and heaps, and wants them verbatim at the other end and whole in the record.
func TestTap(t *testing.T) {
	client, server, tap := connect(t)
	say(t, client, server, header[:3])
	say(t, client, server, header[3:]+beat+beat[:1])
	say(t, server, client, opened+beat[:7])
	say(t, client, server, beat[1:])
	say(t, server, client, beat[7:])
	client.Close()
	server.Close()
	got, err := tap.finish()
	if err != nil {
		t.Fatal(err)
	}
	want := []golden.Record{
		{FromClient: true, Octets: []byte(header)},
		{FromClient: true, Octets: []byte(beat)},
		{Octets: []byte(opened)},
		{FromClient: true, Octets: []byte(beat)},
		{Octets: []byte(beat)},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestTapRefuses wants errors for a rest that is no frame and for octets that never become one.
func TestTapRefuses(t *testing.T) {
	for _, text := range []string{beat[:5], "\x09nonsense"} {
		client, server, tap := connect(t)
		if _, err := io.WriteString(client, text); err != nil {
			t.Fatal(err)
		}
		client.Close()
		_, _ = io.Copy(io.Discard, server) // until the tap hangs up
		server.Close()
		if frames, err := tap.finish(); err == nil {
			t.Errorf("%q was taken for %+v", text, frames)
		}
	}
}

// connect makes a tap and connects both ends of it.
func connect(t *testing.T) (client, server net.Conn, tap *tap) {
	t.Helper()
	broker, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	if tap, err = newTap(broker.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if client, err = net.Dial("tcp", tap.addr()); err != nil {
		t.Fatal(err)
	}
	if server, err = broker.Accept(); err != nil {
		t.Fatal(err)
	}
	return client, server, tap
}

// say writes at one end and waits until it has come out at the other.
func say(t *testing.T, from, to net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(from, text); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(text))
	if _, err := io.ReadFull(to, got); err != nil {
		t.Fatal(err)
	}
	if string(got) != text {
		t.Fatalf("%q came out as %q", text, got)
	}
}
