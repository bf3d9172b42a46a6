package client

import (
	"context"
	rand "math/rand/v2"
	"time"
)

// backoff spaces attempts: the first one comes at once, each further one after
// about twice the time, up to a bound. Chance spreads the attempts of many.
type backoff struct {
	first, most time.Duration
	failures    int
}

// wait lets the time pass that is due before the next attempt, unless ctx ends.
func (b *backoff) wait(ctx context.Context) error {
	if b.failures == 0 {
		return context.Cause(ctx)
	}
	t := time.NewTimer(b.delay())
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// delay is between the half and the whole of what the failures come to.
func (b *backoff) delay() time.Duration {
	d := b.most
	if doublings := b.failures - 1; doublings < 32 {
		d = min(d, b.first<<doublings)
	}
	return d/2 + rand.N(d/2+1)
}
