package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/emit"
	"github.com/amqpgen/amqpgen/specs"
)

// TestMain lets the test binary do what generate does once the files are made:
// the arguments are the output and a folder with its new files. It kills
// itself before the step of writing that the environment names; 0 is none.
func TestMain(m *testing.M) {
	at, isVictim := os.LookupEnv("AMQPGEN_TEST_KILL")
	if !isVictim {
		os.Exit(m.Run())
	}
	left, err := strconv.Atoi(at)
	if err == nil {
		beforeStep = func(string) error {
			if left--; left == 0 {
				killSelf()
			}
			return nil
		}
		err = writeSet(os.Args[1], os.Args[2])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitFindings)
	}
}

func killSelf() {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		panic(err)
	}
	select {} // until it takes effect
}

func writeSet(out, set string) error {
	files := emit.Files{}
	entries, err := os.ReadDir(set)
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(set, e.Name())); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	_, err = (&target{pkg: "amqp", out: out}).write(files)
	return err
}

// filesOf generates the package amqp of a bundled specification.
func filesOf(t *testing.T, name string) emit.Files {
	t.Helper()
	spec, err := specs.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	files, err := emit.Generate(spec, emit.Options{Package: "amqp"})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// victim is an output of which runs are killed.
type victim struct {
	out  string
	from string                // a folder with each set
	sets map[string]emit.Files // by specification
	spec string                // what out holds
}

func newVictim(t *testing.T) *victim {
	v := &victim{
		out:  filepath.Join(memory(t), "amqp"),
		from: t.TempDir(),
		sets: map[string]emit.Files{"0-8": filesOf(t, "0-8"), "0-9": filesOf(t, "0-9")},
		spec: "0-9",
	}
	for spec, files := range v.sets {
		for name, text := range files {
			write(t, filepath.Join(v.from, spec, name), string(text))
		}
	}
	v.finish(t)
	return v
}

// memory makes a folder that lies in memory, where Linux has such: a process
// that is killed leaves the same there as on a disk, which is slow to sync.
func memory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "amqpgen-test-*")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// other is the specification to go to.
func (v *victim) other() string { return map[string]string{"0-8": "0-9", "0-9": "0-8"}[v.spec] }

// command writes the other set, and kills itself before a step; 0 is none.
func (v *victim) command(t *testing.T, step int) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), os.Args[0], v.out, filepath.Join(v.from, v.other()))
	cmd.Env = append(os.Environ(), "AMQPGEN_TEST_KILL="+strconv.Itoa(step))
	return cmd
}

// finish writes without being killed.
func (v *victim) finish(t *testing.T) {
	t.Helper()
	target := &target{pkg: "amqp", out: v.out}
	if _, err := target.write(v.sets[v.spec]); err != nil || !v.holds(t, v.spec) {
		t.Fatalf("the set of %s is not there: %v", v.spec, err)
	}
	noneBeside(t, v.out)
}

// survived holds that the old set is there or the new one, and tells which.
func (v *victim) survived(t *testing.T, when string) (isNew bool) {
	t.Helper()
	isNew = v.holds(t, v.other())
	if !isNew && !v.holds(t, v.spec) {
		t.Fatalf("killed %s: neither the old set nor the new one is there", when)
	}
	return isNew
}

func (v *victim) holds(t *testing.T, spec string) bool {
	return maps.Equal(contents(t, v.out), withManifest(v.sets[spec]))
}

// TestKillAtEachStep kills a run before each of its steps, going back
// and forth between two specifications.
func TestKillAtEachStep(t *testing.T) {
	needExchange(t, memory(t))
	t.Parallel()
	v := newVictim(t)
	done, kept := false, 0
	for step := 1; !done; step++ {
		done = v.command(t, step).Run() == nil
		if !v.survived(t, "at step "+strconv.Itoa(step)) {
			kept++
		}
		v.spec = v.other()
		v.finish(t)
		if done {
			t.Logf("%d kills: %d left the old set, %d the new one", step-1, kept, step-1-kept)
		}
	}
}

// TestKillAtAnyTime kills runs from outside, at random times.
func TestKillAtAnyTime(t *testing.T) {
	needExchange(t, memory(t))
	t.Parallel()
	v := newVictim(t)
	whole := time.Hour
	for range 4 {
		start := time.Now()
		if err := v.command(t, 0).Run(); err != nil {
			t.Fatal(err)
		}
		whole = min(whole, time.Since(start))
	}
	const kills, seed = 60, 8
	random := rand.New(rand.NewPCG(seed, 0))
	stopped, kept := 0, 0
	for range kills {
		cmd := v.command(t, 0)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		delay := time.Duration(random.Int64N(int64(2 * whole)))
		time.Sleep(delay)
		cmd.Process.Kill()
		if err := cmd.Wait(); err != nil && strings.Contains(err.Error(), "killed") {
			stopped++
		}
		if !v.survived(t, "after "+delay.String()) {
			kept++
		}
		v.spec = v.other()
		v.finish(t)
	}
	t.Logf("seed %d: %d kills over %v, %d of them before the end; %d left the old set", seed, kills, 2*whole, stopped, kept)
}
