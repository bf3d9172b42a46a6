package live

import (
	"errors"
	"testing"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// TestTransactionsTellEachFate commits, rolls back, and has a message
// returned, over 0-8, which has no confirms.
func TestTransactionsTellEachFate(t *testing.T) {
	ctx, ch := bounded(t), channel(t)
	q := queue(t, ch)
	must(t, ch.SelectTx(ctx))
	m := amqp08.Message{Body: []byte("hello")}
	must(t, ch.PublishTx(ctx, "", q, m, nil))
	err := ch.PublishTx(ctx, "", "no such queue", m, &amqp08.PublishOptions{Mandatory: true})
	var back *amqp08.ReturnedError
	if !errors.As(err, &back) || back.Return.RoutingKey != "no such queue" {
		t.Errorf("to no queue: %v", err)
	}
	r, err := ch.PublishReceipt(ctx, "", q, m, nil)
	must(t, err, ch.RollbackTx(ctx))
	if err := r.Wait(ctx); !errors.Is(err, amqp08.ErrRolledBack) {
		t.Errorf("rolled back: %v", err)
	}
	n, err := ch.PurgeQueue(ctx, q, nil)
	if must(t, err); n != 1 {
		t.Errorf("%d messages are in the queue", n)
	}
}
