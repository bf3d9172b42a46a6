package client

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"
)

// requestCase is a request of the specification with one of its replies.
type requestCase struct {
	request request
	reply   Method // nil: none
	call    func(context.Context, *Channel) (any, error)
}

// TestEveryRequest makes each request of the specification against a peer
// that answers it, and finds the reply in the type that the request promises.
func TestEveryRequest(t *testing.T) {
	for _, rc := range everyRequest {
		name := rc.request.ID().String()
		if rc.reply != nil {
			name += "/" + rc.reply.ID().String()
		}
		t.Run(name, func(t *testing.T) {
			conn := connect(t, nil, func(p *peer) {
				p.openChannel(1)
				if _, m, _ := p.next(); m.ID() != rc.request.ID() {
					p.fatalf("got %v", m)
				}
				switch {
				case rc.reply == nil:
				case hasContent(rc.reply.ID()):
					p.write(appendContent(t, nil, 1, rc.reply, newProperties(rc.reply.ID().Class), []byte("x")))
				default:
					p.send(1, rc.reply)
				}
				p.closeConnection()
			})
			got, err := rc.call(t.Context(), openOn(t, conn, nil))
			if err != nil {
				t.Fatal(err)
			}
			checkReply(t, got, rc.reply)
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	if len(everyRequest) < 47 {
		t.Errorf("only %d requests", len(everyRequest))
	}
}

// checkReply compares what a call returned, a struct or a member of a union,
// with what the peer sent.
func checkReply(t *testing.T, got any, want Method) {
	t.Helper()
	if want == nil {
		if got != (NoReply{}) {
			t.Errorf("got %T, want NoReply", got)
		}
		return
	}
	if v := reflect.ValueOf(got); v.Kind() == reflect.Pointer {
		got = v.Elem().Interface()
	}
	if !reflect.DeepEqual(got, reflect.ValueOf(want).Elem().Interface()) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestR3_RepliesToConcurrentCalls has many callers of different requests on two
// channels; each gets its own reply, though the channels answer in another order
// than they were asked. The trouble that it prevents: callers got each other's
// replies.
func TestR3_RepliesToConcurrentCalls(t *testing.T) {
	const calls = 20
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.openChannel(2)
		var first, second []byte
		for range 4 * calls {
			channel, m, _ := p.next()
			var reply Method
			switch m := m.(type) {
			case *QueueDeclare:
				reply = &QueueDeclareOK{Queue: m.Queue, MessageCount: uint32(channel)}
			case *QueuePurge:
				reply = &QueuePurgeOK{MessageCount: uint32(len(m.Queue)) + uint32(channel)<<16}
			}
			if channel == 1 {
				first = appendMethodFrame(t, first, channel, reply)
			} else {
				second = appendMethodFrame(t, second, channel, reply)
			}
		}
		p.write(append(second, first...))
	})
	var group sync.WaitGroup
	for _, ch := range []*Channel{openOn(t, conn, nil), openOn(t, conn, nil)} {
		for i := range calls {
			group.Add(2)
			go func() {
				defer group.Done()
				name := fmt.Sprintf("q%d", i)
				ok, err := ch.QueueDeclare(t.Context(), QueueDeclare{Queue: name})
				if err != nil || ok.Queue != name || ok.MessageCount != uint32(ch.ID()) {
					t.Errorf("declare %s on %d: %+v, %v", name, ch.ID(), ok, err)
				}
			}()
			go func() {
				defer group.Done()
				name := fmt.Sprintf("%*d", i+1, 0)
				ok, err := ch.QueuePurge(t.Context(), QueuePurge{Queue: name})
				if want := uint32(i+1) + uint32(ch.ID())<<16; err != nil || ok.MessageCount != want {
					t.Errorf("purge on %d: %+v, want %d, %v", ch.ID(), ok, want, err)
				}
			}()
		}
	}
	group.Wait()
}

// TestR3_LateReplies cancels calls before the peer answers them: the late reply is
// swallowed, its effect is undone on the wire, and the next caller of the same
// request gets its own reply. The trouble that it prevents: a call could not be
// given up, for what came later would have gone to somebody else.
func TestR3_LateReplies(t *testing.T) {
	late := func(t *testing.T, script func(*peer), call func(context.Context, *Channel) error) {
		t.Helper()
		asked := make(chan struct{})
		conn := connect(t, nil, func(p *peer) {
			p.openChannel(1)
			p.next()
			close(asked)
			expect[QueuePurge](p, 1)
			script(p)
			p.send(1, &QueuePurgeOK{MessageCount: 7})
			p.closeConnection()
		})
		ch := openOn(t, conn, nil)
		ctx, cancel := context.WithCancelCause(t.Context())
		because := errors.New("no patience")
		go func() {
			<-asked
			cancel(because)
		}()
		err := call(ctx, ch)
		var op *OpError
		if !errors.As(err, &op) || op.Sent != MaybeSent || !errors.Is(err, because) {
			t.Errorf("the cancelled call says %v", err)
		}
		if ok, err := ch.QueuePurge(t.Context(), QueuePurge{}); err != nil || ok.MessageCount != 7 {
			t.Errorf("the next call: %v, %v", ok, err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Run("same request", func(t *testing.T) {
		late(t, func(p *peer) {
			p.send(1, &QueuePurgeOK{MessageCount: 1})
		}, func(ctx context.Context, ch *Channel) error {
			_, err := ch.QueuePurge(ctx, QueuePurge{})
			return err
		})
	})
	t.Run("consume", func(t *testing.T) {
		late(t, func(p *peer) {
			p.send(1, &BasicConsumeOK{ConsumerTag: "late"})
			p.deliver(1, "late", 1, 1)
			p.endConsumer(1, "late")
			if m := expect[BasicReject](p, 1); m.DeliveryTag != 1 || !m.Requeue {
				p.fatalf("%v", m)
			}
		}, func(ctx context.Context, ch *Channel) error {
			for _, err := range ch.Consume(ctx, "q", &ConsumeOptions{Prefetch: -1}) {
				return err
			}
			return nil
		})
	})
	t.Run("get", func(t *testing.T) {
		late(t, func(p *peer) {
			p.write(appendContent(t, nil, 1, &BasicGetOK{DeliveryTag: 5}, &BasicProperties{}, []byte("x")))
			if m := expect[BasicReject](p, 1); m.DeliveryTag != 5 || !m.Requeue {
				p.fatalf("%v", m)
			}
		}, func(ctx context.Context, ch *Channel) error {
			_, _, err := ch.Get(ctx, "q", nil)
			return err
		})
	})
}

// TestR3_LateChannelOpen cancels the opening of a channel: when the server opens
// it after all it is closed again, and only then is its number used again. The
// trouble that it prevents: opening a channel never returned once the cable was
// pulled.
func TestR3_LateChannelOpen(t *testing.T) {
	asked, closing := make(chan struct{}), make(chan struct{})
	conn := connect(t, nil, func(p *peer) {
		expect[ChannelOpen](p, 1)
		close(asked)
		p.openChannel(2)
		p.send(1, &ChannelOpenOK{})
		expect[ChannelClose](p, 1)
		close(closing)
		p.openChannel(3)
		p.send(1, &ChannelCloseOK{})
		p.openChannel(1)
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	if _, err := conn.Channel(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	openOn(t, conn, nil)
	<-closing
	openOn(t, conn, nil)
	for conn.lookup(1) != nil {
		time.Sleep(time.Millisecond)
	}
	if ch := openOn(t, conn, nil); ch.ID() != 1 {
		t.Errorf("channel %d", ch.ID())
	}
}

// TestNoWait sends what is not answered, and refuses to wait for what will
// not come.
func TestNoWait(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		if m := expect[QueueDeclare](p, 1); !m.NoWait || m.Queue != "a" {
			p.fatalf("%v", m)
		}
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	if err := ch.QueueDeclareNoWait(t.Context(), QueueDeclare{Queue: "a"}); err != nil {
		t.Error(err)
	}
	_, err := ch.QueueDeclare(t.Context(), QueueDeclare{Queue: "b", NoWait: true})
	var usage *UsageError
	if !errors.As(err, &usage) {
		t.Errorf("got %v", err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestR10_UsageErrors asks for what the wire cannot hold: nothing is sent, and the
// channel goes on. The trouble that it prevents: what cannot be sent was sent in
// part, and cost the connection.
func TestR10_UsageErrors(t *testing.T) {
	conn := connectOver(t, tcpPair, ConnectionTune{FrameMax: 4096}, nil, func(p *peer) {
		p.openChannel(1)
		if m := expect[QueueDeclare](p, 1); m.Queue != "fine" {
			p.fatalf("%v", m)
		}
		p.send(1, &QueueDeclareOK{})
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	long := string(make([]byte, 256))
	large := TableOf(map[string]any{"k": string(make([]byte, 5000))})
	var m Message
	m.Headers = large
	ctx := t.Context()
	for name, call := range map[string]func() error{
		"short string": func() error { _, err := ch.DeclareQueue(ctx, long, nil); return err },
		"table value": func() error {
			return ch.DeclareExchange(ctx, "x", &ExchangeOptions{Arguments: NewTable(Entry{"k", 1i})})
		},
		"large method": func() error { return ch.DeclareExchange(ctx, "x", &ExchangeOptions{Arguments: large}) },
		"large header": func() error { return ch.Publish(ctx, "x", "k", m, nil) },
		"routing key":  func() error { return ch.Publish(ctx, "x", long, Message{}, nil) },
		"mandatory":    func() error { return ch.Publish(ctx, "x", "k", Message{}, &PublishOptions{Mandatory: true}) },
		"prefetch": func() error {
			return ch.Handle(ctx, "q", func(context.Context, *Delivery) error { return nil }, &ConsumeOptions{Prefetch: 70000})
		},
		"nowait, no tag": func() error {
			return ch.Handle(ctx, "q", func(context.Context, *Delivery) error { return nil }, &ConsumeOptions{NoWait: true})
		},
		"alien delivery": func() error { return new(Delivery).Ack(ctx) },
		"alien properties": func() error {
			_, _, err := CallContent(ctx, ch, StreamPublish{}, Content{Properties: &BasicProperties{}})
			return err
		},
	} {
		err := call()
		var op *OpError
		var usage *UsageError
		if !errors.As(err, &usage) || !errors.As(err, &op) || op.Sent != NotSent {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := ch.DeclareQueue(ctx, "fine", nil); err != nil {
		t.Error(err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
