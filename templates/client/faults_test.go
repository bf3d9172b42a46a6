package client

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

// TestR9_Violations has peers that break the rules in mid-connection. The
// connection ends with a *ProtocolError that tells the frame, callers get it, and
// the peer is told. The trouble that it prevents: a malformed frame made the
// client panic, or read on in the middle of the next one.
func TestR9_Violations(t *testing.T) {
	method := func(channel uint16, m Method) []byte { return appendMethodFrame(t, nil, channel, m) }
	deliver := &BasicDeliver{ConsumerTag: "c", DeliveryTag: 1}
	for name, c := range map[string]struct {
		octets []byte
		says   string
	}{
		"frame type":        {[]byte{9, 0, 1, 0, 0, 0, 0, FrameEnd}, "unknown frame type 9"},
		"trace frame":       {[]byte{7, 0, 1, 0, 0, 0, 0, FrameEnd}, "unknown frame type 7"},
		"end octet":         {[]byte{1, 0, 1, 0, 0, 0, 4, 0, 50, 0, 31, 0}, "ends with 0x0 where 0xce is due"},
		"heartbeat payload": {[]byte{8, 0, 0, 0, 0, 0, 1, 0, FrameEnd}, "a heartbeat on channel 0 with 1 octets"},
		"heartbeat channel": {[]byte{8, 0, 1, 0, 0, 0, 0, FrameEnd}, "a heartbeat on channel 1"},
		"large frame":       {[]byte{1, 0, 1, 0x7f, 0, 0, 0}, "the limit is 16777216"},
		"large body frame":  {[]byte{3, 0, 1, 0, 2, 0, 1}, "the limit is 131080"},
		"unknown method":    {[]byte{1, 0, 1, 0, 0, 0, 4, 0, 86, 0, 10, FrameEnd}, "86.10 on channel 1: AMQP 0-8 has no such method"},
		"short method":      {[]byte{1, 0, 1, 0, 0, 0, 2, 0, 85, FrameEnd}, "truncated"},
		"left over":         {[]byte{1, 0, 1, 0, 0, 0, 5, 0, 40, 0, 11, 0, FrameEnd}, "exchange.declare-ok: offset 4: 1 octets are left over"},
		"unknown channel":   {method(7, &QueuePurgeOK{}), "on channel 7: no such channel is open"},
		"unasked reply":     {method(1, &QueueDeclareOK{}), "nothing was asked that this answers"},
		"unasked consume":   {method(1, &BasicConsumeOK{}), "nothing was asked that this answers"},
		"unasked cancel":    {method(1, &BasicCancelOK{}), "nothing was asked that this answers"},
		"client's method":   {method(1, &QueueDeclare{}), "queue.declare on channel 1: a method that servers do not send"},
		"unasked close-ok":  {method(1, &ChannelCloseOK{}), "that nobody wants to close"},
		"unasked hang-up":   {method(0, &ConnectionCloseOK{}), "that nobody wants to close"},
		"second start":      {method(0, &ConnectionStart{}), "connection.start on channel 0: not expected"},
		"channel 0":         {[]byte{2, 0, 0, 0, 0, 0, 0, FrameEnd}, "content on channel 0"},
		"unknown consumer":  {method(1, deliver), "no consumer has the tag c"},
		"unasked return":    {method(1, &BasicReturn{}), "nothing was published as mandatory"},
		"stray header":      {[]byte{2, 0, 1, 0, 0, 0, 0, FrameEnd}, "a content header where none is due"},
		"stray body":        {[]byte{3, 0, 1, 0, 0, 0, 1, 0, FrameEnd}, "a body frame where none is due"},
		"stray long body":   {[]byte{3, 0, 1, 0, 0, 1, 0, 0, 0}, "a body frame where none is due"},
	} {
		t.Run(name, func(t *testing.T) {
			checkViolation(t, c.says, purge, func(p *peer) {
				expect[QueuePurge](p, 1)
				p.write(c.octets)
			})
		})
	}
	for name, c := range map[string]struct {
		octets []byte
		says   string
	}{
		"method instead of header": {append(method(1, deliver), method(1, &QueuePurgeOK{})...), "a method where content is due"},
		"header of another class":  {append(method(1, deliver), 2, 0, 1, 0, 0, 0, 14, 0, 70, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, FrameEnd), "is 70 where content of class 60 is due"},
		"weight":                   {append(method(1, deliver), 2, 0, 1, 0, 0, 0, 14, 0, 60, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, FrameEnd), "header.weight: offset 2"},
		"header left over":         {append(method(1, deliver), 2, 0, 1, 0, 0, 0, 15, 0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, FrameEnd), "left over"},
		"long body":                {append(method(1, deliver), 2, 0, 1, 0, 0, 0, 14, 0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, FrameEnd, 3, 0, 1, 0, 0, 0, 2, 0, 0, FrameEnd), "2 octets where 1 are left"},
		"end octet of a long body": {append(append(append(method(1, deliver), 2, 0, 1, 0, 0, 0, 14, 0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0, 0, 0, FrameEnd, 3, 0, 1, 0, 0, 0xff, 0), make([]byte, 0xff00)...), 7), "ends with 0x7 where 0xce is due"},
		"unknown table tag":        {append(method(1, deliver), 2, 0, 1, 0, 0, 0, 21, 0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 3, 1, 'k', 'z', FrameEnd), "header.headers.k: offset 20: unknown tag 'z'"},
	} {
		t.Run(name, func(t *testing.T) {
			checkViolation(t, c.says, consumeOne, func(p *peer) {
				expect[BasicConsume](p, 1)
				p.send(1, &BasicConsumeOK{ConsumerTag: "c"})
				p.write(c.octets)
			})
		})
	}
}

// checkViolation makes a call that fails because of what the peer writes.
func checkViolation(t *testing.T, says string, call func(*Channel) error, script func(p *peer)) {
	t.Helper()
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		script(p)
		m := expect[ConnectionClose](p, 0)
		if m.ReplyCode != ReplySyntaxError || !strings.Contains(m.ReplyText, "violation") {
			p.fatalf("%v", m)
		}
	})
	err := call(openOn(t, conn, nil))
	var protocol *ProtocolError
	if !errors.As(err, &protocol) || !strings.Contains(err.Error(), says) {
		t.Errorf("got %v, want %q", err, says)
	}
	<-conn.Done()
	if conn.Err() != error(protocol) {
		t.Errorf("the connection's cause is %v", conn.Err())
	}
}

func purge(ch *Channel) error {
	_, err := ch.PurgeQueue(context.Background(), "q", nil)
	return err
}

func consumeOne(ch *Channel) error {
	for _, err := range ch.Consume(context.Background(), "q", &ConsumeOptions{Prefetch: -1}) {
		return err
	}
	return nil
}

// TestTooLargeMessage has a message beyond MaxMessage announced: its channel
// is closed, and nothing is allocated for it.
func TestTooLargeMessage(t *testing.T) {
	conn := connect(t, &Config{MaxMessage: 1000, Heartbeat: -1}, func(p *peer) {
		p.openChannel(1)
		expect[BasicConsume](p, 1)
		p.send(1, &BasicConsumeOK{ConsumerTag: "c"})
		b := appendContent(t, nil, 1, &BasicDeliver{ConsumerTag: "c"}, &BasicProperties{}, make([]byte, 1001))
		p.write(b)
		if m := expect[ChannelClose](p, 1); m.ReplyCode != ReplyResourceError {
			p.fatalf("%v", m)
		}
		p.write(b) // goes on until it has read the close
		p.send(1, &ChannelCloseOK{})
		p.openChannel(1)
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	if err := consumeOne(ch); !isA[*OverflowError](err) {
		t.Errorf("got %v", err)
	}
	for conn.lookup(1) != nil {
		time.Sleep(time.Millisecond)
	}
	openOn(t, conn, nil)
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestCutAnywhere replays a short session and cuts it off after each octet:
// every time the connection ends, the consumer learns why, and nothing is
// left.
func TestCutAnywhere(t *testing.T) {
	session := appendMethodFrame(t, nil, 1, &ChannelOpenOK{})
	opened := len(session)
	session = appendMethodFrame(t, session, 1, &BasicConsumeOK{ConsumerTag: "c"})
	session = appendContent(t, session, 1, &BasicDeliver{ConsumerTag: "c", DeliveryTag: 1}, &BasicProperties{ContentType: "t"}, []byte("hello"))
	for cut := range len(session) + 1 {
		conn := connect(t, nil, func(p *peer) {
			expect[ChannelOpen](p, 1)
			p.write(session[:min(cut, opened)])
			if cut > opened {
				expect[BasicConsume](p, 1)
				p.write(session[opened:cut])
			}
			p.nc.(interface{ CloseWrite() error }).CloseWrite()
		})
		ch, err := conn.Channel(t.Context())
		if err == nil {
			for _, e := range ch.Consume(t.Context(), "q", &ConsumeOptions{Prefetch: -1, NoAck: true}) {
				err = e
			}
		}
		if !isA[*TransportError](err) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
}

// TestOneOctetAtATime feeds the reader a session octet by octet, and in one
// piece: the deliveries are the same.
func TestOneOctetAtATime(t *testing.T) {
	for _, step := range []int{1, 2, 7, 1 << 20} {
		conn := connect(t, nil, func(p *peer) {
			p.openChannel(1)
			expect[BasicConsume](p, 1)
			session := appendMethodFrame(t, nil, 1, &BasicConsumeOK{ConsumerTag: "c"})
			for tag := range 50 {
				m := &BasicDeliver{ConsumerTag: "c", DeliveryTag: DeliveryTag(tag), Exchange: "x", RoutingKey: "k"}
				session = appendContent(t, session, 1, m, &BasicProperties{MessageID: strings.Repeat("m", tag)}, make([]byte, tag*20))
			}
			for len(session) > 0 {
				n := min(step, len(session))
				p.write(session[:n])
				session = session[n:]
			}
			p.endConsumer(1, "c")
			p.closeConnection()
		})
		tag := 0
		for d, err := range openOn(t, conn, nil).Consume(t.Context(), "q", &ConsumeOptions{Prefetch: -1, NoAck: true}) {
			if err != nil {
				t.Fatal(err)
			}
			if int(d.DeliveryTag) != tag || len(d.MessageID) != tag || len(d.Body) != 20*tag || d.Exchange != "x" || d.RoutingKey != "k" {
				t.Fatalf("delivery %d: %+v", tag, d)
			}
			if tag++; tag == 50 {
				break
			}
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestUnlimitedFrames has a large body come in one frame, where no limit was
// agreed on.
func TestUnlimitedFrames(t *testing.T) {
	const size = 17 << 20
	conn := connectOver(t, tcpPair, ConnectionTune{}, nil, func(p *peer) {
		p.openChannel(1)
		expect[BasicGet](p, 1)
		p.write(appendContent(t, nil, 1, &BasicGetOK{DeliveryTag: 1}, &BasicProperties{}, make([]byte, size)))
		p.closeConnection()
	})
	d, ok, err := openOn(t, conn, nil).Get(t.Context(), "q", nil)
	if !ok || err != nil || len(d.Body) != size {
		t.Error(len(d.Body), ok, err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestEventsAreBounded returns messages of large headers to a program that does
// not listen: the channel is closed before they fill the memory.
func TestEventsAreBounded(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		properties := &BasicProperties{Headers: NewTable(Entry{"k", strings.Repeat("x", 8<<20)})}
		for range mostEventOctets>>23 + 2 { // one is being heard
			p.write(appendContent(t, nil, 1, &BasicReturn{}, properties, nil))
		}
		expect[ChannelClose](p, 1)
	})
	stop := make(chan struct{})
	defer close(stop)
	ch := openOn(t, conn, &ChannelEvents{OnReturn: func(Return) { <-stop }})
	select {
	case <-ch.Done():
	case <-time.After(5 * time.Second):
	}
	if !isA[*OverflowError](ch.Err()) {
		t.Error(ch.Err())
	}
}

// TestCutReply loses the network within the content of a reply.
func TestCutReply(t *testing.T) {
	reply := appendContent(t, nil, 1, &BasicGetOK{DeliveryTag: 1}, &BasicProperties{}, []byte("hello"))
	for _, cut := range []int{len(reply) - 20, len(reply) - 5} {
		conn := connect(t, nil, func(p *peer) {
			p.openChannel(1)
			expect[BasicGet](p, 1)
			p.write(reply[:cut])
			p.nc.Close()
		})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if _, _, err := openOn(t, conn, nil).Get(ctx, "q", nil); !isA[*TransportError](err) {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
}

// TestAnswersAreBounded has a server that makes this side answer, and reads no
// answer: the connection ends before they fill the memory.
func TestAnswersAreBounded(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		one := appendMethodFrame(t, nil, 1, &BasicCancel{ConsumerTag: strings.Repeat("c", 255)})
		many := bytes.Repeat(one, 10000)
		for range 60 {
			if _, err := p.nc.Write(many); err != nil {
				return
			}
		}
	})
	ch := openOn(t, conn, nil)
	select {
	case <-ch.Done():
	case <-time.After(20 * time.Second):
	}
	if !isA[*OverflowError](ch.Err()) {
		t.Error(ch.Err())
	}
}

// TestBrokenWriteWhileParked loses the network while the reader waits for a
// loop that waits to publish: both learn of it.
func TestBrokenWriteWhileParked(t *testing.T) {
	first, parked := make(chan struct{}), make(chan struct{})
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		expect[BasicConsume](p, 1)
		p.send(1, &BasicConsumeOK{ConsumerTag: "c"})
		p.deliver(1, "c", 1, 1)
		<-first
		p.deliver(1, "c", 2, 2)
		<-parked
		p.nc.(*net.TCPConn).SetLinger(0)
		p.nc.Close()
	})
	ch := openOn(t, conn, nil)
	var failed error
	for d, err := range ch.Consume(t.Context(), "q", &ConsumeOptions{NoAck: true, MaxBuffered: 1}) {
		if failed = err; err != nil || d.DeliveryTag > 1 {
			continue
		}
		close(first)
		for !conn.r.parked.Load() {
			time.Sleep(time.Millisecond)
		}
		close(parked)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		for err == nil {
			err = ch.Publish(ctx, "", "k", Message{}, nil)
			time.Sleep(time.Millisecond)
		}
		if !isA[*TransportError](err) {
			t.Error(err)
		}
	}
	if !isA[*TransportError](failed) {
		t.Error(failed)
	}
}
