package live

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/rabbitmq"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

// TestChurn opens and closes channels, several at a time. One in ten the
// server closes, since something is not found. The numbers come to be used
// again, and nothing is left.
func TestChurn(t *testing.T) {
	const workers = 4
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	conn := dialLabelled(t, rabbit.ForTest(t), nil)
	n := times(t, "churn", 5000, 100_000)
	var next, refused, highest atomic.Int64
	var group sync.WaitGroup
	start := time.Now()
	for range workers {
		group.Go(func() {
			for i := next.Add(1); i <= int64(n) && !t.Failed(); i = next.Add(1) {
				ch, err := conn.Channel(ctx)
				if err != nil {
					t.Error(err)
					return
				}
				raise(&highest, int64(ch.ID()))
				if i%10 == 0 {
					refused.Add(1)
					expectRefusal(t, ctx, ch)
				} else if err := ch.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	took := time.Since(start)
	report(t, "%d channels, %d closed by the server; highest number %d; %v each", n, refused.Load(), highest.Load(), took/time.Duration(n))
	if err := conn.Err(); err != nil {
		t.Error(err)
	}
	if highest.Load() > 2*workers {
		t.Errorf("%d at a time took the numbers up to %d", workers, highest.Load())
	}
	expectServants(t, 3)
	must(t, conn.Close())
	expectServants(t, 0)
}

// expectRefusal has the server close the channel.
func expectRefusal(t *testing.T, ctx context.Context, ch *rabbitmq.Channel) {
	_, err := ch.DeclareQueue(ctx, "nowhere", &rabbitmq.QueueOptions{Passive: true})
	var server *rabbitmq.ServerError
	if !errors.As(err, &server) || server.Code != rabbitmq.ReplyNotFound || server.Scope != rabbitmq.ScopeChannel {
		t.Errorf("what does not exist: %v", err)
	}
}

// raise sets a value to another one that is higher.
func raise(value *atomic.Int64, to int64) {
	for old := value.Load(); to > old && !value.CompareAndSwap(old, to); old = value.Load() {
	}
}
