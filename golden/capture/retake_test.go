package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/amqpgen/amqpgen/golden"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

func TestMain(m *testing.M) { os.Exit(rabbit.Main(m)) }

// TestRetake runs every scenario again and compares what the client sends with the files.
func TestRetake(t *testing.T) {
	node := rabbit.ForTest(t)
	needLibrary(t)
	t.Chdir("../..")
	s, err := newStudio(t.Context(), node, t.TempDir(), names{})
	if err != nil {
		t.Fatal(err)
	}
	for _, sc := range scenarios {
		t.Run(sc.name, func(t *testing.T) {
			frames, err := s.record(t.Context(), sc)
			if err != nil {
				t.Fatal(err)
			}
			want, err := golden.Load(filepath.Join(target, sc.name+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, said(frames), said(want.Frames))
		})
	}
}

// needLibrary skips, or fails where live tests are required, if Python does not know py-amqplib.
func needLibrary(t *testing.T) {
	t.Helper()
	err := exec.Command(python, "-c", "import amqplib.client_0_8").Run()
	if err == nil {
		return
	}
	const advice = "py-amqplib (%v): install it with: apt-get install python3-amqplib"
	if os.Getenv("AMQPGEN_REQUIRE_LIVE") == "1" {
		t.Fatalf(advice, err)
	}
	t.Skipf(advice, err)
}

// chosen matches the names that the broker chooses at random.
var chosen = regexp.MustCompile(`amq\.(gen|ctag)-[0-9A-Za-z_-]{22}`)

// said picks the client's octets, with the broker's random names made equal.
func said(frames []golden.Record) [][]byte {
	var octets [][]byte
	for _, frame := range frames {
		if frame.FromClient {
			octets = append(octets, chosen.ReplaceAll(frame.Octets, []byte("amq.$1")))
		}
	}
	return octets
}

// compare reports the first difference.
func compare(t *testing.T, got, want [][]byte) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if !bytes.Equal(got[i], want[i]) {
			t.Fatalf("frame %d of the client is\n% x, in the file\n% x", i, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d frames, %d in the file", len(got), len(want))
	}
}
