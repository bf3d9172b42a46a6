package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shell starts a line of shell, with its output in a file.
func shell(t *testing.T, line string) *Process {
	t.Helper()
	p, err := StartInto(filepath.Join(t.TempDir(), "output"), exec.Command("sh", "-c", line))
	check(t, err)
	t.Cleanup(func() { check(t, p.Kill()) })
	return p
}

// says makes a condition of what a child writes.
func says(p *Process, text string) func() bool {
	return func() bool { return strings.Contains(p.Said(), text) }
}

func brief(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// TestAwait waits for what comes, for what has ended before, and for what never comes.
func TestAwait(t *testing.T) {
	for _, c := range []struct {
		name, line string
		limit      time.Duration
		want       string // in the error; empty for none
	}{
		{"ready", "echo ready; sleep 60", 10 * time.Second, ""},
		{"ends", "echo no luck; exit 3", 10 * time.Second, "process: sh ended at its start (exit status 3):\nno luck"},
		{"silent", "echo wait; sleep 60", 200 * time.Millisecond, "process: sh is not ready: context deadline exceeded:\nwait"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := shell(t, c.line)
			err := p.Await(brief(t, c.limit), says(p, "ready"))
			if got := fmt.Sprint(err); (err != nil || c.want != "") && got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	if _, err := Start(exec.Command("/nonexistent")); err == nil || !strings.HasPrefix(err.Error(), "process: ") {
		t.Errorf("a missing program: %v", err)
	}
}

// TestStop ends a child that obeys, also a frozen one, and one that does not.
func TestStop(t *testing.T) {
	for _, c := range []struct {
		name, line string
		freeze     bool
		want       string // in the error; empty for none
	}{
		{"obeys", "echo up; exec sleep 60", false, ""},
		{"frozen", "trap 'exit 0' TERM; echo up; while :; do sleep 0.01; done", true, ""},
		{"stubborn", "trap '' TERM; echo up; sleep 60; sleep 60", false, "process: sh did not stop and was killed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := shell(t, c.line)
			check(t, p.Await(brief(t, 10*time.Second), says(p, "up")))
			if c.freeze {
				check(t, p.Freeze())
			}
			err := p.Stop(300 * time.Millisecond)
			if got := fmt.Sprint(err); (err != nil || c.want != "") && got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if p.Running() {
				t.Error("it runs on")
			}
			check(t, p.Stop(0))
		})
	}
	var none *Process
	check(t, none.Stop(0))
	check(t, none.Kill())
}

// TestWait wants a child's outcome, or its end with that of the context.
func TestWait(t *testing.T) {
	if err := shell(t, "exit 3").Wait(t.Context()); fmt.Sprint(err) != "exit status 3" {
		t.Errorf("got %v", err)
	}
	p := shell(t, "sleep 60")
	if err := p.Wait(brief(t, 100*time.Millisecond)); !errors.Is(err, context.DeadlineExceeded) || p.Running() {
		t.Errorf("got %v; it runs: %t", err, p.Running())
	}
}

// TestTail wants the end of a long output, and no stack traces of Java.
func TestTail(t *testing.T) {
	text := strings.Repeat("early\n", 2000) + "Exception: late\n\tat some.Class(some.java:1)\nend\n"
	got := tail([]byte(text))
	if len(got) > 4096 || !strings.HasSuffix(got, "early\nException: late\nend") {
		t.Errorf("%d octets, at the end %q", len(got), got[max(0, len(got)-40):])
	}
}

func TestFreePorts(t *testing.T) {
	ports, err := FreePorts(3)
	check(t, err)
	if len(ports) != 3 || ports[0] == ports[1] || ports[1] == ports[2] || ports[0] == ports[2] {
		t.Errorf("ports %v", ports)
	}
	for _, port := range ports {
		if Answers(port) {
			t.Errorf("somebody listens on %d", port)
		}
	}
}

// deserter is set in the child of TestDeserted.
const deserter = "AMQPGEN_TEST_DESERTER"

// TestDeserted starts a process that starts one, kills the former, and looks for the latter.
func TestDeserted(t *testing.T) {
	if os.Getenv(deserter) != "" {
		fmt.Printf("\npid %d\n", shell(t, "sleep 60").Pid())
		time.Sleep(time.Minute)
		return
	}
	child := exec.Command(os.Args[0], "-test.run=^TestDeserted$")
	child.Env = append(os.Environ(), deserter+"=1")
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

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
