package client

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// TestFlowIsTheChannelsOwn pauses one channel of two: everything that carries
// content waits there, in whichever way it is published, and nothing waits on
// the other. All who waited go on when the pause is over.
func TestFlowIsTheChannelsOwn(t *testing.T) {
	passed := make(chan struct{})
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.openChannel(2)
		expect[ConfirmSelect](p, 1)
		p.send(1, &ConfirmSelectOK{}, &ChannelFlow{Active: false})
		expect[ChannelFlowOK](p, 1)
		expect[BasicPublish](p, 2)
		<-passed
		p.send(1, &ChannelFlow{Active: false}, &ChannelFlow{Active: true})
		for _, active := range []bool{false, true} {
			if m := expect[ChannelFlowOK](p, 1); m.Active != active {
				p.fatalf("%v", m)
			}
		}
		p.published(3)
		p.closeConnection()
	})
	ch, other := openOn(t, conn, nil), openOn(t, conn, nil)
	if err := ch.SelectConfirm(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	for !paused(ch) {
		time.Sleep(time.Millisecond)
	}
	ways := map[string]func(ctx context.Context) error{
		"publish": func(ctx context.Context) error { return ch.Publish(ctx, "", "k", Message{}, nil) },
		"receipt": func(ctx context.Context) error {
			_, err := ch.PublishReceipt(ctx, "", "k", Message{}, nil)
			return err
		},
		"method": func(ctx context.Context) error {
			return ch.BasicPublish(ctx, BasicPublish{RoutingKey: "k"}, BasicProperties{}, nil)
		},
	}
	for name, publish := range ways {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if err := publish(ctx); !errors.Is(err, context.DeadlineExceeded) || sentOf(err) != NotSent {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
	}
	if err := other.Publish(t.Context(), "", "k", Message{}, nil); err != nil {
		t.Error(err)
	}
	var group sync.WaitGroup
	for name, publish := range ways {
		group.Go(func() {
			if err := publish(t.Context()); err != nil {
				t.Errorf("%s, waiting: %v", name, err)
			}
		})
	}
	close(passed)
	group.Wait()
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
