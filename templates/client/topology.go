package client

import (
	"context"
	"slices"
	"sync"
)

// Topology is a list of what is to be declared again and again: its Declare is a
// setup function for [Keeper.Channel]. Its methods are safe for any number of
// goroutines.
type Topology struct {
	mu    sync.Mutex
	steps []func(context.Context, *Channel) error
}

// Add adds a step of the program's own.
func (t *Topology) Add(step func(context.Context, *Channel) error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.steps = append(t.steps, step)
}

// Declare declares it all, in the order in which it was added.
func (t *Topology) Declare(ctx context.Context, ch *Channel) error {
	t.mu.Lock()
	steps := slices.Clone(t.steps)
	t.mu.Unlock()
	for _, step := range steps {
		if err := step(ctx, ch); err != nil {
			return err
		}
	}
	return nil
}

// TopologyQueue is a queue of a [Topology].
type TopologyQueue struct {
	mu   sync.Mutex
	name string
}

// Name is the queue's name; of a queue without a name it is the one that the
// server has chosen when it was last declared.
func (q *TopologyQueue) Name() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.name
}
