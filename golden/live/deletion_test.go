package live

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/rabbitmq"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

// keepOverDeletions deletes a queue under its consumer, which is told, consumes
// again, is refused, and the next time finds the queue: the channel is set up anew.
func keepOverDeletions(t *testing.T, node *rabbit.Node) {
	ctx, cancel := context.WithCancel(t.Context())
	k, err := rabbitmq.Keep(ctx, node.URI(), nil, &rabbitmq.KeeperOptions{MostDelay: mostDelay})
	must(t, err)
	defer k.Close()
	var top rabbitmq.Topology
	queue := top.Queue(t.Name(), nil).Name()
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()
	arrived := make(chan bool)
	group.Go(func() { consumeAgain(t, ctx, k.Channel(top.Declare, nil), queue, arrived) })

	publisher := k.Channel(func(ctx context.Context, ch *rabbitmq.Channel) error { return ch.SelectConfirm(ctx, nil) }, nil)
	n := times(t, "deletions", 3, 200)
	for range n {
		publishRouted(t, ctx, publisher, queue)
		select {
		case <-arrived:
		case <-time.After(10 * time.Second):
			t.Fatal("the message does not come")
		}
		ch, err := publisher.Channel(ctx)
		must(t, err)
		_, err = ch.DeleteQueue(ctx, queue, nil)
		must(t, err)
	}
	report(t, "%d cycles, and a message after each", n)
}

// consumeAgain consumes until ctx ends, and again whenever that is ended by a
// deletion.
func consumeAgain(t *testing.T, ctx context.Context, ch *rabbitmq.KeptChannel, queue string, arrived chan<- bool) {
	var cancelled *rabbitmq.ConsumerCancelledError
	for ctx.Err() == nil {
		for d, err := range ch.Consume(ctx, queue, nil) {
			if err == nil {
				must(t, d.Ack(ctx))
				arrived <- true
			} else if ctx.Err() == nil && !errors.As(err, &cancelled) && !errors.Is(err, rabbitmq.ReplyNotFound) {
				t.Errorf("consuming: %v", err)
			}
		}
	}
}

// publishRouted publishes until there is a queue for the message.
func publishRouted(t *testing.T, ctx context.Context, ch *rabbitmq.KeptChannel, queue string) {
	t.Helper()
	var back *rabbitmq.ReturnedError
	for {
		err := ch.PublishConfirm(ctx, "", queue, hello, &rabbitmq.PublishOptions{Mandatory: true})
		if err == nil {
			return
		}
		if !errors.As(err, &back) {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
}
