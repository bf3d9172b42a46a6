package qpid

import (
	"context"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/internal/process"
)

// startLimit bounds the start of a test's broker; it takes a second on an idle machine.
const startLimit = 60 * time.Second

// ForTest starts a broker for this test and its subtests, which is stopped when the test ends; if the test
// has failed by then, it shows what the broker said. Where Broker-J cannot be had the test is skipped, or
// fails if AMQPGEN_REQUIRE_LIVE is 1.
func ForTest(t testing.TB) *Broker {
	t.Helper()
	return process.ForTest(t, Find(), startLimit, func(ctx context.Context, dir string) (*Broker, error) { return Start(ctx, dir, nil) })
}
