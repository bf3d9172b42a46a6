package process

import (
	"context"
	"testing"
	"time"
)

// Server is what a test must be able to do with a broker that it has started.
type Server interface {
	Stop() error
	Log() string // the end of what it has said so far
}

// ForTest starts a server in a folder of the test's own. It is stopped when the
// test and its subtests end; if the test has failed by then, it shows what the
// server said. missing says why there is none to start, and is treated as by
// [Need].
func ForTest[S Server](t testing.TB, missing error, limit time.Duration, start func(ctx context.Context, dir string) (S, error)) S {
	t.Helper()
	Need(t, missing)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	s, err := start(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the broker's last words:\n%s", s.Log())
		}
	})
	return s
}
