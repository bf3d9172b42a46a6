package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// startRequester answers what NewRequester sends.
func (p *peer) startRequester() {
	p.t.Helper()
	p.openChannel(1)
	if m := expect[QueueDeclare](p, 1); m.Queue != "" || !m.Exclusive || !m.AutoDelete {
		p.fatalf("%v", &m)
	}
	p.send(1, &QueueDeclareOK{Queue: "replies"})
	p.consumeReplies("replies")
}

func (p *peer) consumeReplies(queue string) {
	p.t.Helper()
	if m := expect[BasicConsume](p, 1); m.Queue != queue || !m.NoAck {
		p.fatalf("%v", &m)
	}
	p.send(1, &BasicConsumeOK{ConsumerTag: "r"})
}

// request reads a request.
func (p *peer) request() *BasicProperties {
	p.t.Helper()
	_, m, content := p.next()
	if publish, ok := m.(*BasicPublish); !ok || !publish.Mandatory || publish.Exchange != "x" || publish.RoutingKey != "k" {
		p.fatalf("%v where a request is due", m)
	}
	return content.Properties.(*BasicProperties)
}

// reply writes replies with the correlation id given.
func (p *peer) reply(id string, bodies ...string) {
	p.t.Helper()
	var out []byte
	for _, body := range bodies {
		out = appendContent(p.t, out, 1, &BasicDeliver{ConsumerTag: "r", RoutingKey: "replies"}, &BasicProperties{CorrelationID: id}, []byte(body))
	}
	p.write(out)
}

// returnTo gives a request back.
func (p *peer) returnTo(id string) {
	p.t.Helper()
	m := &BasicReturn{ReplyCode: 312, ReplyText: "NO_ROUTE", Exchange: "x", RoutingKey: "k"}
	p.write(appendContent(p.t, nil, 1, m, &BasicProperties{CorrelationID: id}, nil))
}

func requesterOn(t *testing.T, conn *Connection, o *RequesterOptions) *Requester {
	t.Helper()
	r, err := NewRequester(t.Context(), conn, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// endRequester closes it, and then the connection.
func endRequester(t *testing.T, r *Requester) {
	t.Helper()
	for range 2 {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := r.Err(); err != ErrClosed {
		t.Errorf("closed, and the end's cause is %v", err)
	}
	if _, err := r.Request(t.Context(), "x", "k", Message{}); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if err := r.ch.conn.Close(); err != nil {
		t.Error(err)
	}
}

func (p *peer) endRequester() {
	p.t.Helper()
	expect[ChannelClose](p, 1)
	p.send(1, &ChannelCloseOK{})
	p.closeConnection()
}

// TestRequest makes a request, with and without a queue of its own for the reply.
func TestRequest(t *testing.T) {
	for name, c := range map[string]struct {
		options *RequesterOptions
		start   func(*peer)
		replyTo string
	}{
		"queue": {nil, (*peer).startRequester, "replies"},
		"direct reply-to": {&RequesterOptions{DirectReplyTo: true}, func(p *peer) {
			p.openChannel(1)
			p.consumeReplies("amq.rabbitmq.reply-to")
		}, "amq.rabbitmq.reply-to"},
	} {
		t.Run(name, func(t *testing.T) {
			conn := connect(t, nil, func(p *peer) {
				c.start(p)
				m := p.request()
				if m.ReplyTo != c.replyTo || m.ContentType != "text/plain" {
					p.fatalf("properties %+v", m)
				}
				p.reply(m.CorrelationID, "answer")
				p.endRequester()
			})
			r := requesterOn(t, conn, c.options)
			m := Message{BasicProperties: BasicProperties{ContentType: "text/plain", ReplyTo: "elsewhere", CorrelationID: "mine"}}
			reply, err := r.Request(t.Context(), "x", "k", m)
			if err != nil || string(reply.Body) != "answer" {
				t.Errorf("got %q, %v", reply.Body, err)
			}
			endRequester(t, r)
		})
	}
}

// TestManyRequests has a hundred callers at once, answered in another order;
// each gets the reply to its own request.
func TestManyRequests(t *testing.T) {
	const callers, rounds = 100, 5
	conn := connect(t, nil, func(p *peer) {
		p.startRequester()
		ids := map[string]bool{}
		for range rounds {
			var waiting []string
			for range callers {
				m := p.request()
				waiting, ids[m.CorrelationID] = append(waiting, m.CorrelationID+" "+m.MessageID), true
			}
			for i := range waiting {
				id, message, _ := strings.Cut(waiting[len(waiting)-1-i], " ")
				p.reply(id, message)
			}
		}
		if len(ids) != callers*rounds {
			p.fatalf("%d requests with %d correlation ids", callers*rounds, len(ids))
		}
		p.endRequester()
	})
	r := requesterOn(t, conn, nil)
	for round := range rounds {
		var group sync.WaitGroup
		for caller := range callers {
			group.Go(func() {
				m := Message{}
				m.MessageID = fmt.Sprintf("%d/%d", round, caller)
				reply, err := r.Request(t.Context(), "x", "k", m)
				if err != nil || string(reply.Body) != m.MessageID {
					t.Errorf("%s: got %q, %v", m.MessageID, reply.Body, err)
				}
			})
		}
		group.Wait()
	}
	if n := r.Unclaimed(); n != 0 || len(r.pending) != 0 {
		t.Errorf("%d unclaimed, %d pending", n, len(r.pending))
	}
	endRequester(t, r)
}

// TestRequestsThatFail has each caller end with its own cause while the others
// go on: one whose context ends, one whose request comes back. What comes for
// them later, or for nobody, is counted.
func TestRequestsThatFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := connectOver(t, pipePair, serverTune, nil, func(p *peer) {
			p.startRequester()
			slow := p.request()
			unroutable := p.request()
			p.returnTo(unroutable.CorrelationID)
			time.Sleep(time.Minute)
			p.reply(slow.CorrelationID, "late")
			p.reply("unknown", "stray")
			p.returnTo(unroutable.CorrelationID)
			good := p.request()
			p.reply(good.CorrelationID, "first", "second")
			p.endRequester()
		})
		r := requesterOn(t, conn, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var group sync.WaitGroup
		start := time.Now()
		group.Go(func() {
			_, err := r.Request(ctx, "x", "k", Message{})
			var op *OpError
			if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &op) || op.Sent != MaybeSent {
				t.Error(err)
			}
			if took := time.Since(start); took != time.Second {
				t.Errorf("took %v", took)
			}
		})
		synctest.Wait()
		_, err := r.Request(t.Context(), "x", "k", Message{})
		var back *ReturnedError
		if !errors.As(err, &back) || back.Return.Code != 312 || time.Since(start) != 0 {
			t.Error(err, time.Since(start))
		}
		group.Wait()
		time.Sleep(2 * time.Minute)
		if reply, err := r.Request(t.Context(), "x", "k", Message{}); err != nil || string(reply.Body) != "first" {
			t.Errorf("got %q, %v", reply.Body, err)
		}
		synctest.Wait()
		if n := r.Unclaimed(); n != 4 {
			t.Errorf("%d unclaimed, want the late, the stray, the return and the second", n)
		}
		endRequester(t, r)
	})
}

// TestRequesterEnds ends a Requester in each way while requests wait: all of
// them, and later ones, get the cause.
func TestRequesterEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*peer)
		do   func(*Requester)
		want func(error) bool
	}{
		"no such exchange": {func(p *peer) {
			p.send(1, &ChannelClose{ReplyCode: ReplyNotFound, ClassID: 60, MethodID: 40})
			expect[ChannelCloseOK](p, 1)
		}, nil, is(ReplyNotFound)},
		"queue deleted": {func(p *peer) {
			p.send(1, &BasicCancel{ConsumerTag: "r", NoWait: true})
			expect[ChannelClose](p, 1)
			p.send(1, &ChannelCloseOK{})
		}, nil, isA[*ConsumerCancelledError]},
		"the server hangs up": {func(p *peer) { p.nc.Close() }, nil, isA[*TransportError]},
		"closed": {func(p *peer) {
			expect[ChannelClose](p, 1)
			p.send(1, &ChannelCloseOK{})
		}, func(r *Requester) { r.Close() }, is(ErrClosed)},
		"connection closed": {(*peer).closeConnection, func(r *Requester) { r.ch.conn.Close() }, is(ErrClosed)},
	} {
		t.Run(name, func(t *testing.T) {
			const callers = 10
			asked := make(chan struct{})
			conn := connect(t, nil, func(p *peer) {
				p.startRequester()
				for range callers {
					p.request()
				}
				close(asked)
				c.end(p)
			})
			r := requesterOn(t, conn, nil)
			var group sync.WaitGroup
			for range callers {
				group.Go(func() {
					if _, err := r.Request(t.Context(), "x", "k", Message{}); !c.want(err) {
						t.Error(err)
					}
				})
			}
			<-asked
			if c.do != nil {
				c.do(r)
			}
			group.Wait()
			<-r.Done()
			if err := r.Err(); !c.want(err) {
				t.Errorf("the end's cause is %v", err)
			}
			if _, err := r.Request(t.Context(), "x", "k", Message{}); !c.want(err) {
				t.Errorf("a later request: %v", err)
			}
		})
	}
}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

// TestNewRequesterFails leaves no channel behind.
func TestNewRequesterFails(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		expect[QueueDeclare](p, 1)
		p.send(1, &ChannelClose{ReplyCode: ReplyAccessRefused})
		expect[ChannelCloseOK](p, 1)
		p.openChannel(1)
		expect[QueueDeclare](p, 1)
		expect[ChannelClose](p, 1)
		p.send(1, &ChannelCloseOK{})
		p.closeConnection()
	})
	if _, err := NewRequester(t.Context(), conn, nil); !errors.Is(err, ReplyAccessRefused) {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := NewRequester(ctx, conn, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	awaitFree(t, conn, 1)
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
