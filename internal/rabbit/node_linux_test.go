package rabbit

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/internal/process"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

// TestLife takes one node through everything that can happen to it.
func TestLife(t *testing.T) {
	n := Private(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()

	expectStart(t, n)

	check(t, n.Pause())
	expectSilence(t, n)
	check(t, n.Resume())
	expectStart(t, n)

	check(t, n.Kill())
	if process.Answers(n.layout.amqp) {
		t.Error("somebody listens after a kill")
	}
	if err := n.Pause(); err == nil {
		t.Error("a killed node was paused")
	}
	check(t, n.Restart(ctx))
	expectStart(t, n)
	if err := n.Restart(ctx); err == nil {
		t.Error("a running node was restarted")
	}

	check(t, n.Pause()) // a stop gets through to a frozen broker
	check(t, n.Stop())
	check(t, n.Stop())
	if left := members(n.layout.mark()); len(left) > 0 {
		t.Errorf("processes left after Stop: %v", left)
	}
	if process.Answers(n.layout.epmd) {
		t.Error("the port mapper still answers")
	}
}

// TestOptions looks at what the options do, through rabbitmqctl.
func TestOptions(t *testing.T) {
	process.Need(t, Find())
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	n, err := Start(ctx, t.TempDir(), &Options{
		Config:      "channel_max = 11",
		Plugins:     []string{"rabbitmq_amqp1_0"},
		ClusterName: "golden@localhost",
	})
	check(t, err)
	defer func() { check(t, n.Stop()) }()

	for _, row := range []struct {
		args []string
		want string
	}{
		{[]string{"eval", "application:get_env(rabbit, channel_max)."}, "{ok,11}"},
		{[]string{"eval", "rabbit_nodes:cluster_name()."}, "golden@localhost"},
		{[]string{"eval", "rabbit_plugins:active()."}, "rabbitmq_amqp1_0"},
	} {
		got, err := n.Ctl(ctx, row.args...)
		check(t, err)
		if !strings.Contains(got, row.want) {
			t.Errorf("rabbitmqctl %q says %q, want %q in it", row.args, got, row.want)
		}
	}
	if _, err := n.Ctl(ctx, "no-such-command"); err == nil {
		t.Error("rabbitmqctl no-such-command succeeded")
	}
}

// TestFailedStart wants the broker's own words in the error, and nothing left running.
func TestFailedStart(t *testing.T) {
	process.Need(t, Find())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	dir := t.TempDir()
	_, err := Start(ctx, dir, &Options{Config: "no_such_key = 1"})
	if err == nil || !strings.Contains(err.Error(), "no_such_key") {
		t.Errorf("Start with a bad configuration: %v", err)
	}
	if left := members(layout{dir: dir}.mark()); len(left) > 0 {
		t.Errorf("processes left after a failed start: %v", left)
	}
}

// TestShared wants the same node at each call.
func TestShared(t *testing.T) {
	n := ForTest(t)
	expectStart(t, n)
	if ForTest(t) != n {
		t.Error("the second call brought another node")
	}
	if want := "amqp://guest:guest@" + n.Addr() + "/"; n.URI() != want {
		t.Errorf("URI %s, want %s", n.URI(), want)
	}
}

// deserter is set to the directory of a node in the child of TestDeserted.
const deserter = "AMQPGEN_TEST_DESERTER"

// TestDeserted starts a node in another process, kills that process, and looks for what it left.
func TestDeserted(t *testing.T) {
	if dir := os.Getenv(deserter); dir != "" {
		n, err := Start(t.Context(), dir, nil)
		check(t, err)
		defer n.Stop()
		io.WriteString(os.Stdout, "\nready\n")
		time.Sleep(time.Minute)
		return
	}
	process.Need(t, Find())
	dir := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestDeserted$")
	child.Env = append(os.Environ(), deserter+"="+dir)
	out, err := child.StdoutPipe()
	check(t, err)
	check(t, child.Start())
	awaitLine(t, out, "ready")
	mark := layout{dir: dir}.mark()
	if len(members(mark)) < 2 {
		t.Errorf("too few processes run: %v", members(mark))
	}
	check(t, child.Process.Kill())
	_ = child.Wait() // killed, as intended
	for end := time.Now().Add(10 * time.Second); len(members(mark)) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Errorf("processes left after their parent's death: %v", members(mark))
			killEach(members(mark))
			return
		}
	}
}

// awaitLine reads until the output has the word.
func awaitLine(t *testing.T, r io.Reader, word string) {
	t.Helper()
	var text []byte
	chunk := make([]byte, 512)
	for !bytes.Contains(text, []byte(word)) {
		n, err := r.Read(chunk)
		text = append(text, chunk[:n]...)
		if err != nil {
			t.Fatalf("no %q in the child's output: %v\n%s", word, err, text)
		}
	}
}

// expectStart sends the 0-8 protocol header and wants a connection.start, which begins with a method frame
// on channel 0.
func expectStart(t *testing.T, n *Node) {
	t.Helper()
	conn := sendHeader(t, n)
	defer conn.Close()
	check(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	head := make([]byte, 11)
	if _, err := io.ReadFull(conn, head); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(head[:3], []byte{1, 0, 0}) || !bytes.Equal(head[7:], []byte{0, 10, 0, 10}) {
		t.Fatalf("% x is no connection.start", head)
	}
}

// expectSilence sends the header to a frozen node, whose kernel still takes connections.
func expectSilence(t *testing.T, n *Node) {
	t.Helper()
	conn := sendHeader(t, n)
	defer conn.Close()
	check(t, conn.SetDeadline(time.Now().Add(500*time.Millisecond)))
	if got, err := conn.Read(make([]byte, 1)); err == nil {
		t.Fatalf("a paused node sent %d octet", got)
	}
}

// sendHeader connects and sends the protocol header of AMQP 0-8.
func sendHeader(t *testing.T, n *Node) net.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", n.Addr(), 5*time.Second)
	check(t, err)
	_, err = conn.Write([]byte("AMQP\x01\x01\x08\x00"))
	check(t, err)
	return conn
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
