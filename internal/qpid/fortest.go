package qpid

import (
	"context"
	"os"
	"testing"
	"time"
)

// requireLive is the environment variable that turns a missing broker from a skip into a failure.
const requireLive = "AMQPGEN_REQUIRE_LIVE"

// startLimit bounds the start of a test's broker; it takes a second on an idle machine.
const startLimit = 60 * time.Second

// ForTest starts a broker for this test and its subtests, which is stopped when the test ends; if the test
// has failed by then, it shows what the broker said. Where Broker-J cannot be had the test is skipped, or
// fails if AMQPGEN_REQUIRE_LIVE is 1.
func ForTest(t testing.TB) *Broker {
	t.Helper()
	need(t)
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	b, err := Start(ctx, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the broker's last words:\n%s", b.Log())
		}
	})
	return b
}

// need skips or fails the test if no broker can be had.
func need(t testing.TB) {
	t.Helper()
	err := Find()
	switch {
	case err == nil:
	case os.Getenv(requireLive) == "1":
		t.Fatalf("%v (%s=1)", err, requireLive)
	default:
		t.Skipf("%v (%s=1 would make this a failure)", err, requireLive)
	}
}
