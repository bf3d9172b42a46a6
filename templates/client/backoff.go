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
	next        time.Time // when the next attempt is due
}

// failed puts the next attempt off.
func (b *backoff) failed() {
	b.failures++
	b.next = time.Now().Add(b.delay())
}

// wait waits until the next attempt is due, or there is to be none: done is
// closed. Who is cut short by ctx leaves the others less to wait.
func (b *backoff) wait(ctx context.Context, done <-chan struct{}) error {
	if b.failures == 0 {
		return context.Cause(ctx)
	}
	t := time.NewTimer(time.Until(b.next))
	defer t.Stop()
	select {
	case <-t.C:
	case <-done:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// delay is between the half and the whole of what the failures come to.
func (b *backoff) delay() time.Duration {
	d := b.most
	if doublings := b.failures - 1; doublings < 32 {
		d = min(d, b.first<<doublings)
	}
	return d/2 + rand.N(d/2+1)
}
