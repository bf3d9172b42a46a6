package rabbit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/internal/process"
)

// startLimit bounds the start of a test's broker; it takes five seconds on an idle machine.
const startLimit = 90 * time.Second

// shared is the node that all tests of one binary use together.
var shared struct {
	once sync.Once
	dir  string
	node *Node
	err  error
}

// ForTest returns the node that all tests of this binary share, and starts it at the first call. Without a
// usable rabbitmq-server the test is skipped, or fails if AMQPGEN_REQUIRE_LIVE is 1. A package whose tests
// use it needs a TestMain that calls [Main].
func ForTest(t testing.TB) *Node {
	t.Helper()
	process.Need(t, Find())
	shared.once.Do(startShared)
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.node
}

// Private returns a node for this test alone, which may kill and stop it. It is stopped when the test ends.
// It skips as [ForTest] does.
func Private(t testing.TB) *Node {
	t.Helper()
	process.Need(t, Find())
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	n, err := Start(ctx, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// Main runs the tests, then stops the shared node if one was started, and returns the code to exit with:
//
//	func TestMain(m *testing.M) { os.Exit(rabbit.Main(m)) }
func Main(m *testing.M) int {
	code := m.Run()
	if err := stopShared(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return max(code, 1)
	}
	return code
}

// startShared starts the shared node in a directory that outlives the test that asked first.
func startShared() {
	if shared.dir, shared.err = os.MkdirTemp("", "amqpgen-rabbit-"); shared.err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	shared.node, shared.err = Start(ctx, shared.dir, nil)
}

// stopShared stops the shared node and removes its directory.
func stopShared() error {
	if shared.dir == "" {
		return nil
	}
	var err error
	if shared.node != nil {
		err = shared.node.Stop()
	}
	return errors.Join(err, os.RemoveAll(shared.dir))
}
