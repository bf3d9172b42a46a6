package client

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestR8_BlockedConnection has the server short of memory: publishing waits under
// its context, everything else goes on. The trouble that it prevents: publishers
// stayed paused after the server had memory again.
func TestR8_BlockedConnection(t *testing.T) {
	blocked, unblock := make(chan struct{}), make(chan struct{})
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.send(0, &ConnectionBlocked{Reason: "low on memory"})
		close(blocked)
		expect[QueuePurge](p, 1)
		p.send(1, &QueuePurgeOK{})
		<-unblock
		p.send(0, &ConnectionUnblocked{})
		expect[BasicPublish](p, 1)
	})
	ch := openOn(t, conn, nil)
	<-blocked
	if _, err := ch.PurgeQueue(t.Context(), "q", nil); err != nil {
		t.Error(err)
	}
	if reason, is := conn.Blocked(); !is || reason != "low on memory" {
		t.Errorf("blocked: %v, %q", is, reason)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := ch.Publish(ctx, "", "k", Message{}, nil); !errors.Is(err, context.DeadlineExceeded) || sentOf(err) != NotSent {
		t.Errorf("publishing while blocked: %v", err)
	}
	time.AfterFunc(20*time.Millisecond, func() { close(unblock) })
	if err := ch.Publish(t.Context(), "", "k", Message{}, nil); err != nil {
		t.Error(err)
	}
	if _, is := conn.Blocked(); is {
		t.Error("still blocked")
	}
}
