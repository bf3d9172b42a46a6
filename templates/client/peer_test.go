package client

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
)

// peer is the server's half of a connection, played by a test.
type peer struct {
	t  testing.TB
	nc net.Conn
}

// fatalf fails the test and ends the peer's goroutine.
func (p *peer) fatalf(format string, args ...any) {
	p.t.Helper()
	p.t.Errorf("peer: "+format, args...)
	runtime.Goexit()
}

// frame reads the next frame that is no heartbeat.
func (p *peer) frame() Frame {
	p.t.Helper()
	for {
		f, err := ReadFrame(p.nc, 1<<30)
		if err != nil {
			p.fatalf("reading a frame: %v", err)
		}
		if f.Type != FrameHeartbeat {
			return f
		}
	}
}

// next reads the next method, with its content if it has any.
func (p *peer) next() (uint16, Method, Content) {
	p.t.Helper()
	f := p.frame()
	if f.Type != FrameMethod {
		p.fatalf("frame type %d where a method is due", f.Type)
	}
	m := NewMethod(methodIDOf(f.Payload))
	if m == nil {
		p.fatalf("unknown method %v", methodIDOf(f.Payload))
	}
	if err := m.UnmarshalBinary(f.Payload); err != nil {
		p.fatalf("%v", err)
	}
	if !hasContent(m.ID()) {
		return f.Channel, m, Content{}
	}
	return f.Channel, m, p.content(f.Channel)
}

func (p *peer) content(channel uint16) Content {
	p.t.Helper()
	var h ContentHeader
	f := p.frame()
	if err := h.UnmarshalBinary(f.Payload); err != nil || f.Channel != channel || f.Type != FrameHeader {
		p.fatalf("content header on channel %d, frame type %d: %v", f.Channel, f.Type, err)
	}
	content := Content{Properties: h.Properties}
	for uint64(len(content.Body)) < h.BodySize {
		f := p.frame()
		if f.Type != FrameBody || f.Channel != channel {
			p.fatalf("frame type %d on channel %d within the content of channel %d", f.Type, f.Channel, channel)
		}
		content.Body = append(content.Body, f.Payload...)
	}
	return content
}

type methodOf[M any] interface {
	*M
	Method
}

// expect reads the next method, which must be an M on the channel.
func expect[M any, P methodOf[M]](p *peer, channel uint16) M {
	p.t.Helper()
	got, m, _ := p.next()
	want, ok := m.(P)
	if !ok || got != channel {
		p.fatalf("%v on channel %d where %v on channel %d is due", m, got, P(new(M)), channel)
	}
	return *want
}

// send writes methods to the channel.
func (p *peer) send(channel uint16, methods ...Method) {
	p.t.Helper()
	var out []byte
	for _, m := range methods {
		out = appendMethodFrame(p.t, out, channel, m)
	}
	p.write(out)
}

func (p *peer) write(b []byte) {
	p.t.Helper()
	if _, err := p.nc.Write(b); err != nil {
		p.fatalf("writing: %v", err)
	}
}

func appendMethodFrame(t testing.TB, b []byte, channel uint16, m Method) []byte {
	t.Helper()
	payload, err := m.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	b, _ = Frame{FrameMethod, channel, payload}.AppendBinary(b)
	return b
}

// appendContent adds a method with content of class basic.
func appendContent(t testing.TB, b []byte, channel uint16, m Method, properties Properties, body []byte) []byte {
	t.Helper()
	b = appendMethodFrame(t, b, channel, m)
	h, err := ContentHeader{m.ID().Class, uint64(len(body)), properties}.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	b, _ = Frame{FrameHeader, channel, h}.AppendBinary(b)
	if len(body) > 0 {
		b, _ = Frame{FrameBody, channel, body}.AppendBinary(b)
	}
	return b
}

// deliver writes deliveries with the tags from first to last and a body that
// says which.
func (p *peer) deliver(channel uint16, consumer string, first, last int) {
	p.t.Helper()
	var out []byte
	for tag := first; tag <= last; tag++ {
		m := &BasicDeliver{ConsumerTag: consumer, DeliveryTag: DeliveryTag(tag), RoutingKey: "k"}
		out = appendContent(p.t, out, channel, m, &BasicProperties{}, fmt.Appendf(nil, "%d", tag))
	}
	p.write(out)
}

// handshake plays the server's half up to connection.open-ok.
func (p *peer) handshake(tune ConnectionTune) {
	p.t.Helper()
	var header [8]byte
	if _, err := p.nc.Read(header[:]); err != nil {
		p.fatalf("protocol header: %v", err)
	}
	p.send(0, &ConnectionStart{VersionMajor: 8, Mechanisms: "PLAIN AMQPLAIN", Locales: "en_US"})
	expect[ConnectionStartOK](p, 0)
	p.send(0, &tune)
	expect[ConnectionTuneOK](p, 0)
	expect[ConnectionOpen](p, 0)
	p.send(0, &ConnectionOpenOK{})
}

// openChannel answers channel.open.
func (p *peer) openChannel(channel uint16) {
	p.t.Helper()
	expect[ChannelOpen](p, channel)
	p.send(channel, &ChannelOpenOK{})
}

// startConsumer answers what Consume sends before deliveries come.
func (p *peer) startConsumer(channel uint16, tag string) BasicConsume {
	p.t.Helper()
	expect[BasicQos](p, channel)
	p.send(channel, &BasicQosOK{})
	m := expect[BasicConsume](p, channel)
	p.send(channel, &BasicConsumeOK{ConsumerTag: tag})
	return m
}

// endConsumer answers basic.cancel.
func (p *peer) endConsumer(channel uint16, tag string) {
	p.t.Helper()
	if m := expect[BasicCancel](p, channel); m.ConsumerTag != tag {
		p.fatalf("cancel of %q", m.ConsumerTag)
	}
	p.send(channel, &BasicCancelOK{ConsumerTag: tag})
}

// closeConnection answers connection.close and skips what comes before it.
func (p *peer) closeConnection() {
	p.t.Helper()
	for {
		if _, m, _ := p.next(); m.ID() == (ConnectionClose{}).ID() {
			p.send(0, &ConnectionCloseOK{})
			return
		}
	}
}

// serverTune is what most tests' peers propose.
var serverTune = ConnectionTune{ChannelMax: 100, FrameMax: 131072}

// connect dials a peer that plays the script after the handshake. When the
// test ends the connection is closed, the script is over, and nothing of the
// runtime is left.
func connect(t *testing.T, config *Config, script func(p *peer)) *Connection {
	t.Helper()
	return connectOver(t, tcpPair, serverTune, config, script)
}

func connectOver(t *testing.T, pair func(testing.TB) (client, server net.Conn), tune ConnectionTune, config *Config, script func(p *peer)) *Connection {
	t.Helper()
	client, server := pair(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		p := &peer{t, server}
		p.handshake(tune)
		script(p)
	}()
	conn, err := dialConn(t.Context(), client, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		select {
		case <-done:
		case <-time.After(5 * time.Second): // the script waits for something that does not come
		}
		conn.abort(ErrClosed)
		<-conn.Done()
		server.Close()
		<-done
		checkLeaks(t)
	})
	return conn
}

// dialConn is Dial over a network connection that is there already.
func dialConn(ctx context.Context, nc net.Conn, config *Config) (*Connection, error) {
	c := Config{Heartbeat: -1}
	if config != nil {
		c = *config
	}
	c.Dialer = func(context.Context, string, string) (net.Conn, error) { return nc, nil }
	return Dial(ctx, "amqp://peer/", &c)
}

// tcpPair returns both ends of a connection over loopback.
func tcpPair(t testing.TB) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return client, server
}

// pipePair is for tests with a clock of their own.
func pipePair(testing.TB) (client, server net.Conn) { return net.Pipe() }

// openOn opens a channel, or fails the test.
func openOn(t *testing.T, conn *Connection, events *ChannelEvents) *Channel {
	t.Helper()
	ch, err := conn.ChannelWithEvents(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

// checkLeaks fails the test if a goroutine of the runtime stays.
func checkLeaks(t testing.TB) {
	t.Helper()
	const own = "client.(*"
	var left string
	for range 100 {
		left = ""
		buf := make([]byte, 1<<20)
		for _, g := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(g, own) && !strings.Contains(g, "checkLeaks") {
				left += g + "\n\n"
			}
		}
		if left == "" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("goroutines left:\n%s", left)
}
