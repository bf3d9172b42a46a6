package client

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"
)

// startWriter runs the flusher of a writer until the test ends.
func startWriter(t testing.TB, nc net.Conn) *writer {
	t.Helper()
	w := newWriter(nc)
	ended := make(chan error, 1)
	go func() { ended <- w.run() }()
	t.Cleanup(func() {
		w.finish()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return w
}

// queue sends octets as a channel does.
func (w *writer) queue(b []byte) {
	w.mu.Lock()
	start := w.mark()
	w.buf = append(w.buf, b...)
	w.commitUnlock(start)
}

// asleep waits until the flusher has nothing to do.
func (w *writer) asleep() {
	for !w.turns.idle.Load() {
		time.Sleep(10 * time.Microsecond)
	}
}

// TestLoneKeepsOrder sends messages of all sizes, some alone and some in a row,
// to a peer that reads slowly: what a sender could write in part, or not at all,
// is followed by the rest, in order.
func TestLoneKeepsOrder(t *testing.T) {
	near, far := tcpPair(t)
	near.(*net.TCPConn).SetWriteBuffer(4 << 10)
	w := startWriter(t, near)
	r := rand.New(rand.NewPCG(1, 2))
	var sent []byte
	for len(sent) < 1<<20 {
		message := make([]byte, 1+r.IntN(loneSize))
		for i := range message {
			message[i] = byte(r.Uint32())
		}
		sent = append(sent, message...)
	}
	go func() {
		for rest := sent; len(rest) > 0; {
			n := min(1+r.IntN(loneSize), len(rest))
			w.queue(rest[:n])
			rest = rest[n:]
			if r.IntN(4) == 0 {
				time.Sleep(2 * lonePause)
			}
		}
	}()
	got, slow := make([]byte, 0, len(sent)), rand.New(rand.NewPCG(3, 4))
	for len(got) < len(sent) {
		part := make([]byte, 1+slow.IntN(64<<10))
		n, err := far.Read(part)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, part[:n]...)
		if slow.IntN(64) == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	if !bytes.Equal(got, sent) {
		t.Error("the octets differ")
	}
}

// TestLoneIsWrittenBySender sends a message over an idle connection: it is with
// the kernel when the sender goes on.
func TestLoneIsWrittenBySender(t *testing.T) {
	near, far := narrowPair(t)
	w := startWriter(t, near)
	for range 100 {
		w.asleep()
		time.Sleep(2 * lonePause)
		w.queue([]byte("alone"))
		w.mu.Lock()
		left := w.accepted - w.written
		w.mu.Unlock()
		if left != 0 {
			t.Fatalf("%d octets are left to the flusher", left)
		}
		if _, err := io.ReadFull(far, make([]byte, 5)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLoneDoesNotHang sends to a peer that does not read: no sender is held up,
// since the flusher takes over.
func TestLoneDoesNotHang(t *testing.T) {
	near, far := tcpPair(t)
	near.(*net.TCPConn).SetWriteBuffer(4 << 10)
	w := startWriter(t, near)
	sent := 0
	for range 300 {
		start := time.Now()
		w.queue(make([]byte, loneSize))
		sent += loneSize
		if took := time.Since(start); took > time.Second {
			t.Fatalf("a sender was held up for %v", took)
		}
		time.Sleep(2 * lonePause)
	}

	if n, err := io.CopyN(io.Discard, far, int64(sent)); err != nil {
		t.Errorf("after %d of %d octets: %v", n, sent, err)
	}
}

// TestAckDoesNotWaitForTheNext acknowledges the first of several deliveries and
// then waits for the server to have it, over a quiet connection.
func TestAckDoesNotWaitForTheNext(t *testing.T) {
	acked := make(chan struct{})
	conn := connectOver(t, tcpPair, serverTune, nil, func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "c")
		var all []byte
		for tag := range DeliveryTag(3) {
			all = append(all, appendStreamed(t, nil, tag+1, []byte("m"), 100)...)
		}
		p.write(all)
		expect[BasicAck](p, 1)
		close(acked)
		for range 2 {
			expect[BasicAck](p, 1)
		}
		p.endConsumer(1, "c")
		p.closeConnection()
	})
	for d, err := range openOn(t, conn, nil).Consume(t.Context(), "q", nil) {
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(lonePause)
		if err := d.Ack(t.Context()); err != nil {
			t.Fatal(err)
		}
		select {
		case <-acked:
		case <-time.After(2 * time.Second):
			t.Fatal("the ack has not left")
		}
		if d.DeliveryTag == 3 {
			break
		}
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
