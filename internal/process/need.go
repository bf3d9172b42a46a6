package process

import (
	"os"
	"testing"
)

// requireLive is the environment variable that turns a missing broker from a skip into a failure.
const requireLive = "AMQPGEN_REQUIRE_LIVE"

// Need skips the test, or fails it if AMQPGEN_REQUIRE_LIVE is 1, where a program cannot be had: where err,
// which says what is missing, is not nil.
func Need(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case os.Getenv(requireLive) == "1":
		t.Fatalf("%v (%s=1)", err, requireLive)
	default:
		t.Skipf("%v (%s=1 would make this a failure)", err, requireLive)
	}
}
