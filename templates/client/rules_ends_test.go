package client

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// TestR5_ChannelsEndWithTheirConnection: a channel said nothing when its connection
// died, since only those were told who had asked about connections.
func TestR5_ChannelsEndWithTheirConnection(t *testing.T) {
	for name, end := range map[string]func(p *peer){
		"lost network": func(p *peer) { p.nc.Close() },
		"server's close": func(p *peer) {
			p.send(0, &ConnectionClose{ReplyCode: ReplyConnectionForced, ReplyText: "down"})
			expect[ConnectionCloseOK](p, 0)
		},
	} {
		t.Run(name, func(t *testing.T) {
			conn := connect(t, nil, func(p *peer) {
				p.openChannel(1)
				p.openChannel(2)
				expect[BasicPublish](p, 2)
				end(p)
			})
			idle, busy := openOn(t, conn, nil), openOn(t, conn, nil)
			if err := busy.Publish(t.Context(), "", "k", Message{}, nil); err != nil {
				t.Fatal(err)
			}
			for _, ch := range []*Channel{idle, busy} {
				<-ch.Done()
			}
			<-conn.Done()
			if cause := conn.Err(); cause == nil || idle.Err() != cause || busy.Err() != cause {
				t.Errorf("the connection: %v; its channels: %v, %v", cause, idle.Err(), busy.Err())
			}
		})
	}
}

// TestR5_LostLinkIsNoNack: whoever waited for a confirm when the link was lost
// waited for ever, or took it that the server had refused the message.
func TestR5_LostLinkIsNoNack(t *testing.T) {
	ch := confirming(t, nil, func(p *peer) {
		p.published(1)
		p.nc.Close()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	err := ch.PublishConfirm(ctx, "", "k", Message{}, nil)
	if !isA[*TransportError](err) || errors.Is(err, ErrNacked) || sentOf(err) != MaybeSent {
		t.Errorf("got %v", err)
	}
}

// fairConn lets who writes now and then have a turn beside who always does.
type fairConn struct {
	net.Conn
	turn sync.Mutex
}

func (c *fairConn) Write(b []byte) (int, error) {
	c.turn.Lock()
	defer c.turn.Unlock()
	return c.Conn.Write(b)
}

// TestR6_CloseAmongDeliveries: closing a channel and its connection from several
// places while deliveries came, which nobody took any more, ended in a deadlock.
func TestR6_CloseAmongDeliveries(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		expect[BasicConsume](p, 1)
		p.send(1, &BasicConsumeOK{ConsumerTag: "c"})
		p.nc = &fairConn{Conn: p.nc}
		var flood sync.WaitGroup
		flood.Go(func() {
			one := appendContent(t, nil, 1, &BasicDeliver{ConsumerTag: "c", DeliveryTag: 1}, &BasicProperties{}, make([]byte, 1000))
			for {
				if _, err := p.nc.Write(one); err != nil {
					return
				}
			}
		})
		p.obey()
		p.nc.Close()
		flood.Wait()
	})
	ch := openOn(t, conn, nil)
	inTime(t, "closing", closeWait, func() {
		ch.Handle(t.Context(), "q", func(context.Context, *Delivery) error {
			var group sync.WaitGroup
			for range 2 {
				group.Go(func() { ch.Close() })
				group.Go(func() { conn.Close() })
			}
			group.Wait()
			return nil
		}, &ConsumeOptions{NoAck: true, Concurrency: 4, MaxBuffered: 10000})
		<-conn.Done()
	})
	if err := conn.Err(); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// TestR6_NothingOutlivesTheEnd: the goroutines that read and sent heartbeats stayed
// after the end, when somebody closed twice or did not listen.
func TestR6_NothingOutlivesTheEnd(t *testing.T) {
	for name, end := range map[string]func(*Connection){
		"closed twice": func(c *Connection) { c.Close(); c.Close() },
		"hung up":      func(c *Connection) { c.nc.Close() },
		"given up":     func(c *Connection) { c.abort(ErrClosed) },
	} {
		t.Run(name, func(t *testing.T) {
			conn := connectOver(t, tcpPair, beatTune, &Config{Heartbeat: time.Second}, (*peer).obey)
			ch := openOn(t, conn, &ChannelEvents{OnReturn: func(Return) {}})
			if err := ch.SelectConfirm(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			unread := receipts(t, ch, 10, nil)
			end(conn)
			<-conn.Done()
			checkLeaks(t)
			if len(unread) != 10 || conn.Stats().Channels != 0 {
				t.Errorf("left: %+v", conn.Stats())
			}
		})
	}
}

// TestR6_ShutdownLosesNoWork: work that was under way at a shutdown was done again
// by others, since its ack could not be sent any more.
func TestR6_ShutdownLosesNoWork(t *testing.T) {
	var acked, back []int
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "c")
		p.deliver(1, "c", 1, 5)
		for {
			switch _, m, _ := p.next(); m := m.(type) {
			case *BasicAck:
				acked = append(acked, int(m.DeliveryTag))
			case *BasicReject:
				back = append(back, int(m.DeliveryTag))
			case *BasicCancel:
				p.send(1, &BasicCancelOK{ConsumerTag: "c"})
			case *ConnectionClose:
				p.send(0, &ConnectionCloseOK{})
				return
			}
		}
	})
	ch := openOn(t, conn, nil)
	started, finish := make(chan struct{}, 5), make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		ch.Handle(t.Context(), "q", func(context.Context, *Delivery) error {
			started <- struct{}{}
			<-finish
			return nil
		}, &ConsumeOptions{Concurrency: 2})
	})
	<-started
	<-started
	time.AfterFunc(20*time.Millisecond, func() { close(finish) })
	if err := conn.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	group.Wait()
	slices.Sort(acked)
	slices.Sort(back)
	if !slices.Equal(acked, []int{1, 2}) || !slices.Equal(back, []int{3, 4, 5}) {
		t.Errorf("acknowledged %v, went back %v", acked, back)
	}
}

// TestR6_NumbersRunOut: programs that opened a channel for each message ran out of
// numbers, and were not told what was wrong.
func TestR6_NumbersRunOut(t *testing.T) {
	conn := connectOver(t, tcpPair, ConnectionTune{ChannelMax: 2}, nil, (*peer).obey)
	one := openOn(t, conn, nil)
	openOn(t, conn, nil)
	if _, err := conn.Channel(t.Context()); !isA[*UsageError](err) || sentOf(err) != NotSent {
		t.Errorf("a third channel: %v", err)
	}
	if n := conn.Stats().Channels; n != 2 {
		t.Errorf("%d channels are open", n)
	}
	if err := one.Close(); err != nil {
		t.Error(err)
	}
	if again := openOn(t, conn, nil); again.ID() != one.ID() {
		t.Errorf("channel %d", again.ID())
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
