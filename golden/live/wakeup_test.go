package live

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/rabbitmq"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

// TestWakeups has an idle consumer get one message at a time, after pauses of
// chance: none is lost, none comes late.
func TestWakeups(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	conn := dialRabbitMQ(t, rabbit.ForTest(t))
	ch, queue := confirming(t, conn, nil)
	n := times(t, "wakeups", 2000, 100_000)
	sent, turn := make(chan time.Time, 1), make(chan bool, 1)
	turn <- true
	go publishInTurn(t, ctx, conn, queue, turn, sent)
	waits := make(spread, 0, n)
	for d, err := range ch.Consume(ctx, queue, nil) {
		must(t, err)
		waits = append(waits, time.Since(<-sent))
		if i, err := strconv.Atoi(string(d.Body)); err != nil || i != len(waits)-1 {
			t.Fatalf("message %s came in the place of %d", d.Body, len(waits)-1)
		}
		must(t, d.Ack(ctx))
		if len(waits) == n {
			break
		}
		turn <- true
	}
	close(turn)
	report(t, "%d, from publish to delivery: %v", n, waits)
	if longest := slices.Max(waits); longest > time.Second {
		t.Errorf("a delivery took %v", longest)
	}
}

// publishInTurn publishes the numbers from 0 on, each after a pause once it is
// its turn, and says when.
func publishInTurn(t *testing.T, ctx context.Context, conn *rabbitmq.Connection, queue string, turn <-chan bool, sent chan<- time.Time) {
	ch, err := conn.Channel(ctx)
	if err != nil {
		t.Error(err)
		return
	}
	for i := 0; <-turn; i++ {
		time.Sleep(rand.N(time.Millisecond))
		if i%100 == 0 {
			time.Sleep(20 * time.Millisecond)
		}
		sent <- time.Now()
		if err := ch.Publish(ctx, "", queue, rabbitmq.Message{Body: strconv.AppendInt(nil, int64(i), 10)}, nil); err != nil {
			t.Error(err)
		}
	}
}
