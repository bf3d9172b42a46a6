package live

import (
	"bufio"
	"bytes"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/internal/ledger"
	"github.com/amqpgen/amqpgen/internal/qpid"
)

// TestQpidFaults kills, stops and shuts down a Broker-J under a program that
// publishes with transactions and consumes, both over a kept connection. The
// broker has all in memory: what it had when it ended is lost, and nothing else.
func TestQpidFaults(t *testing.T) {
	broker := qpid.ForTest(t)
	w := startWorker(t, "qpid", broker.URI())
	starved := startMeter()
	had := w.overEnd(broker.Kill, broker, "down transport ")
	had = max(had, w.overEnd(broker.Stop, broker, "down ")) // by 320, or without a word
	dead := w.overPause(broker)
	w.finish(had)
	expectInTime(t, w.lateness(), dead, starved())
}

// overEnd has the broker end and begin anew, and returns the number of the last
// message that it may have had before.
func (w *worker) overEnd(end func() error, broker *qpid.Broker, how string) (had int) {
	w.t.Helper()
	w.flow()
	must(w.t, end())
	w.await(how)
	had = w.published()
	must(w.t, broker.Restart(bounded(w.t)))
	restarted := time.Now()
	w.await("up ")
	report(w.t, "first commit-ok after the restart: %v", w.await("confirmed ").Sub(restarted))
	return had
}

// overPause stops the broker's process until the heartbeats have told, and lets
// it go on. It returns after what time they told.
func (w *worker) overPause(broker *qpid.Broker) (dead time.Duration) {
	w.t.Helper()
	w.flow()
	must(w.t, broker.Pause())
	paused := time.Now()
	dead = w.await("down transport heartbeat").Sub(paused)
	must(w.t, broker.Resume())
	resumed := time.Now()
	w.await("up ")
	report(w.t, "declared dead after %v; first commit-ok when it goes on: %v", dead, w.await("confirmed ").Sub(resumed))
	return dead
}

// flow lets the traffic flow for a while.
func (w *worker) flow() {
	w.t.Helper()
	w.await("confirmed ")
	time.Sleep(300 * time.Millisecond)
	w.await("confirmed ")
}

// worker is the program of testdata/faults.go.txt, and what it has said.
type worker struct {
	t     *testing.T
	cmd   *exec.Cmd
	input io.Closer
	says  sync.WaitGroup
	wrong bytes.Buffer // what it complains of

	mu    sync.Mutex
	lines []line
	heard int // lines that await has passed
}

type line struct {
	at   time.Time
	text string
}

// startWorker generates a package, and builds and starts the program around it.
func startWorker(t *testing.T, spec, uri string) *worker {
	t.Helper()
	dir := t.TempDir()
	generate(t, spec, filepath.Join(dir, "amqp"))
	program(t, dir, "faults.go.txt")
	const name = "faults"
	if out, err := goTool(t, dir, "build", "-o", name, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	w := &worker{t: t, cmd: exec.CommandContext(t.Context(), filepath.Join(dir, name))}
	w.cmd.Env, w.cmd.Stderr = []string{"AMQP_URL=" + uri}, &w.wrong
	output, err := w.cmd.StdoutPipe()
	must(t, err)
	w.input, err = w.cmd.StdinPipe()
	must(t, err, w.cmd.Start())
	w.says.Go(func() { w.listen(output) })
	t.Cleanup(w.says.Wait)
	return w
}

// listen notes each line, and when it came.
func (w *worker) listen(output io.Reader) {
	for lines := bufio.NewScanner(output); lines.Scan(); {
		w.mu.Lock()
		w.lines = append(w.lines, line{time.Now(), lines.Text()})
		w.mu.Unlock()
	}
}

// await waits for the next line with a beginning, and returns when it came.
func (w *worker) await(beginning string) time.Time {
	w.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if at, ok := w.hear(beginning); ok {
			return at
		}
	}
	ends := w.said("down ")
	w.t.Fatalf("the program does not say %q; the last connections have ended by %q", beginning, ends[max(0, len(ends)-3):])
	return time.Time{}
}

// hear looks for the line among those that nobody has waited for so far.
func (w *worker) hear(beginning string) (at time.Time, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.heard < len(w.lines) {
		line := w.lines[w.heard]
		w.heard++
		if strings.HasPrefix(line.text, beginning) {
			return line.at, true
		}
	}
	return time.Time{}, false
}

// said returns all lines with a beginning, without that.
func (w *worker) said(beginning string) (out []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, line := range w.lines {
		if rest, ok := strings.CutPrefix(line.text, beginning); ok {
			out = append(out, rest)
		}
	}
	return out
}

// published is the number of the last message so far: there is one publisher,
// and it counts from 0.
func (w *worker) published() int { return len(w.said("published ")) - 1 }

// lateness is how late the program's calls were so far.
func (w *worker) lateness() (out spread) {
	for _, text := range w.said("call ") {
		late, err := time.ParseDuration(text)
		must(w.t, err)
		out = append(out, late)
	}
	return out
}

// finish has the program end in good order, and weighs what it has said. Of what
// was confirmed, only messages up to a number may be lost.
func (w *worker) finish(had int) {
	w.t.Helper()
	must(w.t, w.input.Close())
	w.says.Wait()
	if err := w.cmd.Wait(); err != nil {
		w.t.Fatalf("%v\n%s", err, &w.wrong)
	}
	r, err := ledger.Read(strings.NewReader(w.entries()))
	must(w.t, err)
	r.Lost = slices.DeleteFunc(r.Lost, func(m ledger.Message) bool { return m.Number <= had })
	must(w.t, r.Err())
	if r.Refused > 0 {
		w.t.Errorf("%d messages were refused", r.Refused)
	}
	report(w.t, "%v; calls late: %v", r, w.lateness())
}

// entries is the ledger.
func (w *worker) entries() string {
	var out strings.Builder
	for _, line := range w.lines {
		if word, _, _ := strings.Cut(line.text, " "); !slices.Contains([]string{"up", "down", "call"}, word) {
			out.WriteString(line.text + "\n")
		}
	}
	return out.String()
}
