package client

import (
	"context"
	"errors"
	"testing"
	"time"
)

// transactional opens a channel with transactions; the script goes on from there.
func transactional(t *testing.T, script func(p *peer)) *Channel {
	t.Helper()
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		expect[TxSelect](p, 1)
		p.send(1, &TxSelectOK{})
		script(p)
	})
	ch := openOn(t, conn, nil)
	if err := ch.SelectTx(t.Context()); err != nil {
		t.Fatal(err)
	}
	return ch
}

// TestReceiptsOfTransactions settles by commit and rollback, and returns one.
func TestReceiptsOfTransactions(t *testing.T) {
	ch := transactional(t, func(p *peer) {
		p.published(2)
		expect[TxCommit](p, 1)
		p.write(appendContent(t, nil, 1, &BasicReturn{ReplyCode: 312, Exchange: "x", RoutingKey: "k1"}, &BasicProperties{}, []byte("m")))
		p.send(1, &TxCommitOK{})
		p.published(1)
		expect[TxRollback](p, 1)
		p.send(1, &TxRollbackOK{})
		p.published(1)
		expect[TxCommit](p, 1)
		p.send(1, &TxCommitOK{})
	})
	rs := receipts(t, ch, 2, &PublishOptions{Mandatory: true})
	if rs[0].settled() {
		t.Error("settled before the commit")
	}
	if err := ch.CommitTx(t.Context()); err != nil {
		t.Fatal(err)
	}
	var back *ReturnedError
	if err := rs[0].Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if err := rs[1].Wait(t.Context()); !errors.As(err, &back) {
		t.Errorf("returned: %v", err)
	}
	r := receipts(t, ch, 1, nil)[0]
	if err := ch.RollbackTx(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.Wait(t.Context()); !errors.Is(err, ErrRolledBack) {
		t.Errorf("rolled back: %v", err)
	}
	if err := ch.PublishTx(t.Context(), "x", "k", Message{}, nil); err != nil {
		t.Error(err)
	}
}

// TestLateCommitSettles gives a commit up whose answer still comes, and
// publishes in between: that belongs to the next transaction.
func TestLateCommitSettles(t *testing.T) {
	answer := make(chan struct{})
	ch := transactional(t, func(p *peer) {
		p.published(1)
		expect[TxCommit](p, 1)
		p.published(1)
		<-answer
		p.send(1, &TxCommitOK{})
	})
	first := receipts(t, ch, 1, nil)[0]
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := ch.CommitTx(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("commit: %v", err)
	}
	second := receipts(t, ch, 1, nil)[0]
	close(answer)
	if err := first.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if second.settled() {
		t.Error("a message behind the commit is settled by it")
	}
}

// TestPublishTxIsHonest has its context end between the publish and the commit: the
// message is queued.
func TestPublishTxIsHonest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	config := &Config{Heartbeat: -1}
	config.Hooks.Call = func(ctx context.Context, c CallInfo) (context.Context, func(error)) {
		if c.Method == (TxCommit{}).ID() {
			cancel()
		}
		return ctx, nil
	}
	conn := connect(t, config, func(p *peer) {
		p.openChannel(1)
		expect[TxSelect](p, 1)
		p.send(1, &TxSelectOK{})
		p.published(1)
	})
	ch := openOn(t, conn, nil)
	if err := ch.SelectTx(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := ch.PublishTx(ctx, "x", "k", Message{}, nil); !errors.Is(err, context.Canceled) || sentOf(err) != MaybeSent {
		t.Errorf("%v", err)
	}
}
