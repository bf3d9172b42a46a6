package mutate

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/amqpgen/amqpgen/specs"
)

var (
	count   = flag.Int("mutations", 40, "mutants of each file")
	seed    = flag.Uint64("seed", 1, "what the mutants are drawn from")
	first   = flag.Int("first", 0, "the number of the first mutant")
	only    = flag.String("file", "", "the one file to take")
	compile = flag.Int("compile", 200, "of so many mutants that are accepted, one is compiled")
)

// published is where Debian's package amqp-specs puts the published files.
const published = "/usr/share/amqp/specs"

var publishedFiles = []string{
	"0-8/amqp0-8.stripped.xml",
	"0-8-qpid/amqp0-8-qpid.stripped.xml",
	"0-9/amqp0-9.stripped.xml",
	"0-9-qpid/amqp0-9-qpid.stripped.xml",
	"0-9-1/amqp0-9-1.stripped.xml",
	"0-9-1-qpid/amqp0-9-1.stripped.xml",
	"0-9-1-rabbit/amqp0-9-1.stripped.extended.xml",
}

// file is a specification to break.
type file struct {
	name string
	Text
}

// corpus reads the published files. Without Debian's package the bundled ones
// take their place, but for AMQPGEN_REQUIRE_LIVE=1.
func corpus(t *testing.T) []file {
	t.Helper()
	var out []file
	for _, name := range publishedFiles {
		data, err := os.ReadFile(filepath.Join(published, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) && os.Getenv("AMQPGEN_REQUIRE_LIVE") != "1" {
			t.Logf("%s is not there: the bundled files are taken; install Debian's package amqp-specs", published)
			return bundled(t)
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, file{name, Read(string(data))})
	}
	return out
}

func bundled(t *testing.T) []file {
	t.Helper()
	var out []file
	for _, name := range []string{"0-8", "0-9", "0-9-1"} {
		src, _, err := specs.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, file{src.Name, Read(string(src.Data))})
	}
	return out
}

// TestMutants breaks each published file in many ways: the outcome is findings
// that have a place, or a package that type-checks, of which a sample compiles.
func TestMutants(t *testing.T) {
	files := corpus(t)
	var others []Text
	for _, f := range files {
		others = append(others, f.Text)
	}
	build := newBuild(t)
	for _, f := range files {
		if *only != "" && *only != f.name {
			continue
		}
		r := &run{t: t, file: f, others: others, build: build}
		r.mutants()
		t.Logf("%-48s %s", f.name, r.report())
	}
	build.run(t)
}

// run is that of all mutants of a file.
type run struct {
	t      *testing.T
	file   file
	others []Text
	build  *build

	mu       sync.Mutex
	refused  int // by the parser
	unfit    int // by the emitter
	accepted int // and type-checked
	failed   int
}

// mutants spreads the work over the processors.
func (r *run) mutants() {
	var group sync.WaitGroup
	numbers := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for number := range numbers {
				r.mutant(number)
			}
		})
	}
	for i := range *count {
		numbers <- *first + i
	}
	close(numbers)
	group.Wait()
}

func (r *run) mutant(number int) {
	steps := Steps(*seed, uint64(number))
	o := try(r.file.name, Apply(r.file.Text, r.others, steps))
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case o.err != nil:
		r.failed++
		r.fail(number, steps, o.err)
	case o.files == nil && o.planned:
		r.unfit++
	case o.files == nil:
		r.refused++
	default:
		r.accepted++
		r.build.offer(r.t, o.files, fmt.Sprintf("%s, mutant %d", r.file.name, number))
	}
}

// fail reports a mutant with no more steps than are needed to make it fail.
func (r *run) fail(number int, steps []Step, err error) {
	r.t.Helper()
	steps = Shrink(steps, func(fewer []Step) bool {
		return try(r.file.name, Apply(r.file.Text, r.others, fewer)).err != nil
	})
	kept := filepath.Join(os.TempDir(), fmt.Sprintf("mutant-%d.xml", number))
	if err := os.WriteFile(kept, []byte(Apply(r.file.Text, r.others, steps)), 0o644); err != nil {
		r.t.Error(err)
	}
	r.t.Errorf("%s: mutant %d (%s), kept in %s: %v\nagain: make mutate MUTATE='-file %s -seed %d -first %d -mutations 1'",
		r.file.name, number, Describe(steps), kept, err, r.file.name, *seed, number)
}

func (r *run) report() string {
	return fmt.Sprintf("%d mutants: %d refused by the parser, %d by the emitter, %d type-check, %d fail",
		*count, r.refused, r.unfit, r.accepted, r.failed)
}

func TestSameSeedSameMutant(t *testing.T) {
	src := bundled(t)[0].Text
	for number := range uint64(20) {
		a, b := Steps(1, number), Steps(1, number)
		if Apply(src, []Text{src}, a) != Apply(src, []Text{src}, b) {
			t.Errorf("mutant %d comes out in two ways: %s", number, Describe(a))
		}
	}
}

// TestEachMutationChangesSomething holds that none is idle.
func TestEachMutationChangesSomething(t *testing.T) {
	src := bundled(t)
	for kind, k := range Kinds {
		changed := 0
		for seed := range uint64(8) {
			if Apply(src[0].Text, []Text{src[1].Text}, []Step{{kind, seed}}) != src[0].text {
				changed++
			}
		}
		if changed < 4 {
			t.Errorf("%s: %d of 8 mutants differ", k.Kind, changed)
		}
	}
}

// TestMutationsOfLittle holds that there may be nothing to work on.
func TestMutationsOfLittle(t *testing.T) {
	for _, text := range []string{"", "<", "<a/>", `<a b="c"/>`, "\xff"} {
		for kind := range Kinds {
			for seed := range uint64(20) {
				Apply(Read(text), nil, []Step{{kind, seed}, {kind, seed + 1}})
				Apply(Read(text), []Text{{}, Read(text)}, []Step{{kind, seed}})
			}
		}
	}
}

func TestShrink(t *testing.T) {
	steps := []Step{{0, 1}, {1, 2}, {2, 3}, {3, 4}}
	got := Shrink(steps, func(s []Step) bool { return strings.Contains(Describe(s), Kinds[2].Kind) })
	if len(got) != 1 || got[0] != steps[2] {
		t.Errorf("got %v", got)
	}
}
