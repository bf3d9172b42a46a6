package client

import (
	"context"
	"sync/atomic"
	"time"
)

// turns lets senders take turns at the writer's lock when many want it. If each
// went on asking for it, the lock and the queue behind it would wander from
// processor to processor with every message, which costs several times what the
// message does. So one goes on alone, and who found the lock taken waits until
// the flusher has taken what is queued: sooner its message would not leave anyway.
type turns struct {
	idle    atomic.Bool   // the flusher waits for work, or has ended: there is nothing to wait for
	waiting atomic.Int32  // senders
	next    chan struct{} // holds a token for one of them
}

// longestTurn bounds how long a sender waits for its turn, as when the network
// is stuck and yet there is room in the queue.
const longestTurn = time.Millisecond

// lockInTurn takes the lock that somebody else has.
func (w *writer) lockInTurn(ctx context.Context) error {
	if err := w.turns.await(ctx); err != nil {
		return err
	}
	w.mu.Lock()
	return nil
}

func (t *turns) await(ctx context.Context) error {
	t.waiting.Add(1)
	defer t.waiting.Add(-1)
	if t.idle.Load() {
		return nil
	}
	patience := time.NewTimer(longestTurn)
	defer patience.Stop()
	select {
	case <-t.next:
	case <-patience.C:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// pass gives the turn to one of those who wait.
func (t *turns) pass() {
	if t.waiting.Load() == 0 {
		return
	}
	select {
	case t.next <- struct{}{}:
	default:
	}
}

// rest is the flusher's wait for work. The lock is held but for that time.
func (w *writer) rest() {
	w.turns.idle.Store(true)
	w.turns.pass()
	w.ready.Wait()
	w.turns.idle.Store(false)
}
