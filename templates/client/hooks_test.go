package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
)

// spans notes what hooks are called with, and how it ended.
type spans struct {
	mu   sync.Mutex
	list []string
}

type spanKey struct{}

func (s *spans) begin(ctx context.Context, name string) (context.Context, func(error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.list)
	s.list = append(s.list, name)
	return context.WithValue(ctx, spanKey{}, name), func(err error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.list[n] += fmt.Sprintf(": %v", err)
	}
}

func (s *spans) hooks() Hooks {
	return Hooks{
		Connect: func(ctx context.Context, address string) (context.Context, func(error)) {
			return s.begin(ctx, "connect "+address)
		},
		Call: func(ctx context.Context, c CallInfo) (context.Context, func(error)) {
			return s.begin(ctx, fmt.Sprintf("%d: %v %T", c.Channel, c.Method, c.Request))
		},
		Publish: func(ctx context.Context, p *PublishInfo) (context.Context, func(error)) {
			p.Properties.MessageID = "marked"
			return s.begin(ctx, fmt.Sprintf("%d: publish to %s %s, %d octets", p.Channel, p.Exchange, p.RoutingKey, p.Size))
		},
		Deliver: func(ctx context.Context, d *Delivery) (context.Context, func(error)) {
			return s.begin(ctx, "deliver "+string(d.Body))
		},
	}
}

// TestR4_Hooks looks at what each hook is called with, at its context on the other
// side, and at the end that it hears of. The trouble that it prevents: nobody
// could trace a message: contexts did not come as far as the hooks.
func TestR4_Hooks(t *testing.T) {
	var s spans
	conn := connect(t, &Config{Heartbeat: -1, Hooks: s.hooks()}, func(p *peer) {
		p.openChannel(1)
		for range 2 {
			if _, _, content := p.next(); content.Properties.(*BasicProperties).MessageID != "marked" {
				p.fatalf("the hook's property is not there: %+v", content.Properties)
			}
		}
		expect[BasicQos](p, 1)
		p.send(1, &BasicQosOK{})
		expect[BasicConsume](p, 1)
		p.send(1, &BasicConsumeOK{ConsumerTag: "ctag"})
		p.deliver(1, "ctag", 1, 2)
		expect[BasicAck](p, 1)
		expect[BasicReject](p, 1)
		p.endConsumer(1, "ctag")
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	m := Message{Body: []byte("abc")}
	if err := ch.Publish(t.Context(), "x", "k", m, nil); err != nil || m.MessageID != "" {
		t.Errorf("%v; %+v", err, m)
	}
	if err := ch.PublishFrom(t.Context(), "x", "k", BasicProperties{}, bytes.NewReader(pattern(longBody)), longBody, nil); err != nil {
		t.Error(err)
	}
	dead, cancel := context.WithCancel(t.Context())
	cancel()
	ch.Publish(dead, "x", "never", m, nil)
	err := ch.Handle(t.Context(), "q", func(ctx context.Context, d *Delivery) error {
		if got := ctx.Value(spanKey{}); got != "deliver "+string(d.Body) {
			t.Errorf("the handler's context is that of %v", got)
		}
		if string(d.Body) == "2" {
			return errors.New("bad message")
		}
		return nil
	}, &ConsumeOptions{Prefetch: 1})
	if err == nil {
		t.Error("no error of the handler")
	}
	conn.Close()
	want := []string{
		"connect peer:5672: <nil>",
		"1: channel.open client.ChannelOpen: <nil>",
		"1: publish to x k, 3 octets: <nil>",
		"1: publish to x k, 262144 octets: <nil>",
		"1: publish to x never, 3 octets: basic.publish on channel 1: context canceled (not sent)",
		"1: basic.qos client.BasicQos: <nil>",
		"1: basic.consume client.BasicConsume: <nil>",
		"deliver 1: <nil>",
		"deliver 2: the handler failed at delivery 2 of consumer ctag: bad message",
	}
	if !slices.Equal(s.list, want) {
		t.Errorf("got\n%q\nwant\n%q", s.list, want)
	}
}

// TestR4_HookContext gives a publish a context that has ended. The trouble that it
// prevents: a tracer's context was not passed on.
func TestR4_HookContext(t *testing.T) {
	why := errors.New("no more today")
	hooks := Hooks{Publish: func(ctx context.Context, _ *PublishInfo) (context.Context, func(error)) {
		ctx, cancel := context.WithCancelCause(ctx)
		cancel(why)
		return ctx, nil
	}}
	conn := connect(t, &Config{Heartbeat: -1, Hooks: hooks}, func(p *peer) {
		p.openChannel(1)
		p.closeConnection()
	})
	if err := openOn(t, conn, nil).Publish(t.Context(), "", "k", Message{}, nil); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
	conn.Close()
}

// TestBlockedHook hears of both changes, one after the other, and may use the
// connection.
func TestBlockedHook(t *testing.T) {
	reasons := make(chan string)
	hooks := Hooks{Blocked: func(c *Connection, reason string) {
		ch, err := c.Channel(context.Background())
		if err != nil || ch.ID() != 1 && reason != "" {
			t.Errorf("channel within the hook: %v", err)
		}
		reasons <- reason
	}}
	conn := connect(t, &Config{Heartbeat: -1, Hooks: hooks}, func(p *peer) {
		p.send(0, &ConnectionBlocked{Reason: "low on memory"}, &ConnectionUnblocked{})
		p.openChannel(1)
		p.openChannel(2)
		p.closeConnection()
	})
	if a, b := <-reasons, <-reasons; a != "low on memory" || b != "" {
		t.Errorf("%q, %q", a, b)
	}
	conn.Close()
}

// TestPublishWithoutHooks allocates nothing.
func TestPublishWithoutHooks(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		io.Copy(io.Discard, p.nc)
	})
	ch, m, ctx := openOn(t, conn, nil), Message{Body: make([]byte, 100)}, t.Context()
	publish := func() {
		if err := ch.Publish(ctx, "x", "k", m, nil); err != nil {
			t.Error(err)
		}
	}
	for range 10000 { // until buffers have grown
		publish()
	}
	if n := testing.AllocsPerRun(10000, publish); n != 0 {
		t.Errorf("a publish allocates %v times", n)
	}
	conn.abort(ErrClosed)
}
