package golden_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/amqpgen/amqpgen/generated/amqp08"
	"github.com/amqpgen/amqpgen/golden"
)

// scenarios are those of golden/capture/pyamqplib.py, in its order. Each is a function that makes the calls
// of the Python function of the same name, with the same values.
var scenarios = []struct {
	name  string
	play  func(*client)
	edits []edit // what this client does not say the way py-amqplib does
	clock bool   // it takes its time, so that only a bubble's clock will do
}{
	{name: "handshake", play: handshake},
	{name: "handshake_plain", play: handshakePlain, edits: plainEdits},
	{name: "declare", play: declare, edits: declareEdits},
	{name: "publish", play: publish},
	{name: "get", play: get},
	{name: "large", play: large},
	{name: "consume", play: consume},
	{name: "tx", play: transaction},
	{name: "soft_error", play: softError},
	{name: "hard_error", play: hardError},
	{name: "hard_error_vhost", play: hardErrorVHost},
	{name: "hard_error_type", play: hardErrorType},
	{name: "flow", play: flow},
	{name: "heartbeat", play: heartbeat, clock: true},
}

// TestReplay has the generated client make the calls that py-amqplib made, while the server's half of the
// capture is played to it. It must send the same octets. Where it cannot, the capture is edited first, and a
// test that is skipped says why.
//
// Each scenario runs over a pipe, which passes on every write alone and knows no time but the bubble's, and
// over a socket.
func TestReplay(t *testing.T) {
	for _, sc := range scenarios {
		t.Run(sc.name, func(t *testing.T) {
			if len(sc.edits) > 0 {
				t.Run("as captured", func(t *testing.T) { t.Skip(reasons(sc.edits)) })
			}
			records := edited(t, load(t, sc.name).Frames, sc.edits)
			t.Run("pipe", func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ours, theirs := net.Pipe()
					replay(t, records, sc.play, ours, theirs)
				})
			})
			if sc.clock {
				return
			}
			t.Run("socket", func(t *testing.T) {
				ours, theirs := sockets(t)
				replay(t, records, sc.play, ours, theirs)
			})
		})
	}
}

func replay(t *testing.T, records []golden.Record, play func(*client), ours, theirs net.Conn) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := &client{T: t, ctx: ctx, conn: ours, server: serve(theirs, records)}
	defer func() {
		defer ours.Close()
		if t.Failed() {
			theirs.Close()
		}
		if err := c.server.finish(); err != nil {
			t.Error(err)
		}
	}()
	play(c)
}

// sockets returns the two ends of a connection over the loopback.
func sockets(t *testing.T) (ours, theirs net.Conn) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if ours, err = net.Dial("tcp", listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if theirs, err = listener.Accept(); err != nil {
		t.Fatal(err)
	}
	return ours, theirs
}

// edit replaces a frame of a capture by another one, wherever it comes.
type edit struct {
	why      string
	from, to string // in hexadecimal
}

// reasons lists why there are edits, each reason once.
func reasons(edits []edit) string {
	var out []string
	for _, e := range edits {
		out = append(out, e.why)
	}
	return strings.Join(slices.Compact(out), "\n")
}

// edited applies edits to a copy of the records. An edit that finds nothing to do is an error.
func edited(t *testing.T, records []golden.Record, edits []edit) []golden.Record {
	t.Helper()
	records = slices.Clone(records)
	for _, e := range edits {
		from, to := unhex(t, e.from), unhex(t, e.to)
		found := false
		for i := range records {
			if bytes.Equal(records[i].Octets, from) {
				records[i].Octets, found = to, true
			}
		}
		if !found {
			t.Fatalf("nothing to edit: no record is %s", e.from)
		}
	}
	return records
}

func unhex(t *testing.T, digits string) []byte {
	t.Helper()
	octets, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
	if err == nil {
		err = golden.Check(octets)
	}
	if err != nil {
		t.Fatalf("%s: %v", digits, err)
	}
	return octets
}

// pyHeader is what py-amqplib sends first.
const pyHeader = "AMQP\x01\x01\x09\x01"

// pyLibrary is what py-amqplib says of itself before all else.
var pyLibrary = []amqp08.Entry{{Name: "library", Value: "Python amqplib"}, {Name: "library_version", Value: "1.0.2"}}

// pyConfig makes a connection look like one of py-amqplib.
func pyConfig() *amqp08.Config {
	return &amqp08.Config{
		ProtocolHeader: [8]byte([]byte(pyHeader)),
		Properties:     amqp08.NewTable(pyLibrary...),
		Mechanisms:     []amqp08.Mechanism{amqp08.AMQPlain{}},
		Heartbeat:      -1,
	}
}

// client is the generated client in the hands of a scenario.
type client struct {
	*testing.T
	ctx    context.Context
	conn   net.Conn
	server *server
}

// dial opens the connection; the configuration is py-amqplib's if it is nil.
func (c *client) dial(uri string, config *amqp08.Config) (*amqp08.Connection, error) {
	if config == nil {
		config = pyConfig()
	}
	config.Dialer = func(context.Context, string, string) (net.Conn, error) { return c.conn, nil }
	return amqp08.Dial(c.ctx, uri, config)
}

// connect opens the connection in the way that nearly all scenarios do.
func (c *client) connect() *amqp08.Connection {
	c.Helper()
	conn, err := c.dial("amqp://guest:guest@golden", nil)
	c.must(err)
	return conn
}

// channel opens a channel.
func (c *client) channel(conn *amqp08.Connection, events *amqp08.ChannelEvents) *amqp08.Channel {
	c.Helper()
	ch, err := conn.ChannelWithEvents(c.ctx, events)
	c.must(err)
	return ch
}

// must ends the test at an error. Where the server stands, and what it has found wrong, is reported after it.
func (c *client) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// reply is must for calls that have a reply, which says nothing of interest.
func (c *client) reply(_ any, err error) {
	c.Helper()
	c.must(err)
}

// refused wants an error to be the server's, with this scope and code.
func (c *client) refused(err error, scope amqp08.Scope, code amqp08.ReplyCode) {
	c.Helper()
	var refusal *amqp08.ServerError
	if !errors.As(err, &refusal) || refusal.Scope != scope || !errors.Is(err, code) {
		c.must(errors.Join(errors.New("not refused as it should be"), err))
	}
}

// equal compares something that the server said.
func equal[T comparable](c *client, what string, got, want T) {
	c.Helper()
	if got != want {
		c.Errorf("%s: got %v, want %v", what, got, want)
	}
}
