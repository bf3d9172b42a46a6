package bench

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/bench/peer"
	"github.com/amqpgen/amqpgen/generated/amqp08"
	amqp091 "github.com/rabbitmq/amqp091-go"
)

const (
	patience = 500 * time.Millisecond // of a publish's context
	grace    = time.Second            // to return after it has ended
	forEver  = 3 * time.Second
)

// TestPublishToAStalledBroker has both libraries publish, under a context, to a
// broker that accepts, shakes hands and then reads nothing more. Ours returns when
// the context ends. The rival does not return at all until the broker's socket
// is gone.
func TestPublishToAStalledBroker(t *testing.T) {
	t.Parallel()
	body := make([]byte, 32<<10)
	t.Run("amqp08", func(t *testing.T) {
		t.Parallel()
		address, hangUp := stalledBroker(t)
		defer hangUp()
		c, err := dialAMQP08(Task{Address: address, Load: publishing})
		if err != nil {
			t.Fatal(err)
		}
		last, returned := publishUntilFailure(func(ctx context.Context) error {
			return c.(amqp08Client).channels[0].Publish(ctx, "", peer.RoutingKey, amqp08.Message{Body: body}, nil)
		})
		if err := <-returned; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the error is %v", err)
		}
		late := time.Since(*last) - patience
		t.Logf("returned %v after the end of its context", late)
		if late > grace {
			t.Error("that is late")
		}
		c.close()
	})
	t.Run("amqp091-go", func(t *testing.T) {
		t.Parallel()
		address, hangUp := stalledBroker(t)
		c, err := dialAMQP091(Task{Address: address, Load: publishing})
		if err != nil {
			t.Fatal(err)
		}
		_, returned := publishUntilFailure(func(ctx context.Context) error {
			return c.(amqp091Client).channels[0].PublishWithContext(ctx, "", peer.RoutingKey, false, false, amqp091.Publishing{Body: body})
		})
		select {
		case err := <-returned:
			t.Errorf("the rival has returned: %v", err)
		case <-time.After(patience + forEver):
			t.Logf("has not returned %v after the end of its context", forEver)
		}
		hangUp()
		if err := <-returned; errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the rival has heeded its context: %v", err)
		}
	})
}

// publishUntilFailure publishes again and again, each time under a context of its
// own. Once the failure is returned, last says when that publish began.
func publishUntilFailure(publish func(context.Context) error) (last *time.Time, returned <-chan error) {
	last, result := new(time.Time), make(chan error, 1)
	go func() {
		for {
			*last = time.Now()
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			err := publish(ctx)
			cancel()
			if err != nil {
				result <- err
				return
			}
		}
	}()
	return last, result
}

// stalledBroker starts a broker that reads nothing more once a channel is open.
// hangUp closes its socket.
func stalledBroker(t *testing.T) (address string, hangUp func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stalled := make(chan net.Conn, 1)
	go func() {
		nc, err := l.Accept()
		if err == nil {
			err = peer.Welcome(nc)
		}
		if err != nil {
			t.Error(err)
		}
		stalled <- nc
	}()
	return l.Addr().String(), func() {
		l.Close()
		if nc := <-stalled; nc != nil {
			nc.Close()
		}
	}
}
