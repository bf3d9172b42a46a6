package client

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// lines gathers what a logger writes, without times and addresses.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *lines) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "address" {
				return slog.Attr{}
			}
			return a
		},
	}))
}

// upTo waits for a line that begins so, and returns all.
func (l *lines) upTo(t *testing.T, last string) string {
	t.Helper()
	for range 500 {
		l.mu.Lock()
		text := l.buf.String()
		l.mu.Unlock()
		if strings.Contains(text, last) {
			return text
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("no line %q", last)
	return ""
}

// TestR11_Log has the server do all that is logged of a connection that goes well
// in the end. The trouble that it prevents: logging was one for all connections,
// and could not be turned off.
func TestR11_Log(t *testing.T) {
	var log lines
	conn := connect(t, &Config{Heartbeat: -1, MaxMessage: 10, Logger: log.logger()}, func(p *peer) {
		p.openChannel(1)
		p.openChannel(2)
		p.openChannel(3)
		p.startConsumer(1, "ctag")
		p.send(0, &ConnectionBlocked{Reason: "low on memory"}, &ConnectionUnblocked{})
		p.send(2, &ChannelClose{ReplyCode: ReplyNotFound, ReplyText: "no queue"})
		expect[ChannelCloseOK](p, 2)
		p.send(1, &BasicCancel{ConsumerTag: "ctag", NoWait: true})
		expect[BasicGet](p, 3)
		p.write(appendContent(t, nil, 3, &BasicGetOK{}, &BasicProperties{}, make([]byte, 11)))
		expect[ChannelClose](p, 3)
		p.send(3, &ChannelCloseOK{})
		p.closeConnection()
	})
	consuming, _, getting := openOn(t, conn, nil), openOn(t, conn, nil), openOn(t, conn, nil)
	for _, err := range consuming.Consume(t.Context(), "q", nil) {
		if err == nil {
			t.Error("a delivery")
		}
	}
	if _, _, err := getting.Get(t.Context(), "q", nil); err == nil {
		t.Error("got a message that is too large")
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	want := fmt.Sprintf(`level=INFO msg=connected product=<nil> version=<nil> channel_max=100 frame_max=131072 heartbeat=0s
level=WARN msg="blocked by the server" reason="low on memory"
level=INFO msg="unblocked by the server"
level=WARN msg="channel closed by the server" channel=2 cause="the server closed the channel: 404 no queue"
level=WARN msg="consumer cancelled by the server" channel=1 consumer=ctag
level=ERROR msg="channel given up" channel=3 cause=%q
level=INFO msg="connection closed" cause="closed by this program"
`, getting.Err())
	if got := log.upTo(t, "connection closed"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestLogOfABadEnd has the server close the connection.
func TestLogOfABadEnd(t *testing.T) {
	var log lines
	connect(t, &Config{Heartbeat: -1, Logger: log.logger()}, func(p *peer) {
		p.send(0, &ConnectionClose{ReplyCode: ReplyConnectionForced, ReplyText: "shutdown"})
		expect[ConnectionCloseOK](p, 0)
	})
	const want = `level=ERROR msg="connection closed" cause="the server closed the connection: 320 shutdown"`
	log.upTo(t, want)
}

// TestStuckLogger has a logger that does not return: the connection goes on, and
// ends.
func TestStuckLogger(t *testing.T) {
	stuck := make(chan struct{})
	conn := connect(t, &Config{Heartbeat: -1, Logger: slog.New(slog.NewTextHandler(stuckWriter(stuck), nil))}, func(p *peer) {
		p.openChannel(1)
		p.send(0, &ConnectionBlocked{Reason: "low on memory"}, &ConnectionUnblocked{})
		expect[QueuePurge](p, 1)
		p.send(1, &QueuePurgeOK{})
		p.closeConnection()
	})
	defer close(stuck)
	if _, err := openOn(t, conn, nil).PurgeQueue(t.Context(), "q", nil); err != nil {
		t.Error(err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

type stuckWriter chan struct{}

func (w stuckWriter) Write(b []byte) (int, error) {
	<-w
	return len(b), nil
}
