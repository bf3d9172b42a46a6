package client

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// pattern is a body in which no two chunks are alike.
func pattern(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i>>16) ^ byte(i>>8) ^ byte(i)
	}
	return b
}

// TestPublishFrom streams bodies of all sorts of sizes, out of readers that
// hold more.
func TestPublishFrom(t *testing.T) {
	sizes := []int{0, 1, 4088, borrowedFrom - 1, borrowedFrom, borrowedFrom + 1, 3 * borrowedFrom, 1 << 20}
	for _, frameMax := range []uint32{4096, 131072, 0} {
		conn := connectOver(t, tcpPair, ConnectionTune{FrameMax: frameMax}, nil, func(p *peer) {
			p.openChannel(1)
			for _, size := range sizes {
				_, m, content := p.next()
				if m.(*BasicPublish).RoutingKey != "k" || content.Properties.(*BasicProperties).MessageID != "7" {
					p.fatalf("%v with %+v", m, content.Properties)
				}
				if !bytes.Equal(content.Body, pattern(size)) {
					p.fatalf("a body of %d octets is damaged: %d octets", size, len(content.Body))
				}
			}
			p.closeConnection()
		})
		ch := openOn(t, conn, nil)
		for _, size := range sizes {
			body := io.MultiReader(iotest.HalfReader(bytes.NewReader(pattern(size))), strings.NewReader("more"))
			if err := ch.PublishFrom(t.Context(), "x", "k", BasicProperties{MessageID: "7"}, body, int64(size), nil); err != nil {
				t.Error(err)
			}
			if rest, _ := io.ReadAll(body); string(rest) != "more" {
				t.Errorf("%d octets: %q is left of the reader", size, rest)
			}
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestPostingFails has bodies that come to a bad end, before and after the
// message is begun.
func TestPostingFails(t *testing.T) {
	broken := errors.New("the disk is gone")
	for name, test := range map[string]struct {
		body io.Reader
		size int64
		read int64
		sent Sent
		err  error
	}{
		"at once":      {iotest.ErrReader(broken), longBody, 0, NotSent, broken},
		"in a chunk":   {io.MultiReader(bytes.NewReader(pattern(100)), iotest.ErrReader(broken)), longBody, 0, NotSent, broken},
		"small, short": {strings.NewReader("abc"), 4, 0, NotSent, io.ErrUnexpectedEOF},
		"empty":        {strings.NewReader(""), 4, 0, NotSent, io.ErrUnexpectedEOF},
		"half way":     {io.MultiReader(bytes.NewReader(pattern(halfBody)), iotest.ErrReader(broken)), longBody, halfBody, MaybeSent, broken},
		"short":        {bytes.NewReader(pattern(longBody - 1)), longBody, longBody - borrowedFrom, MaybeSent, io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			conn := connect(t, nil, func(p *peer) {
				p.openChannel(1)
				io.Copy(io.Discard, p.nc)
			})
			ch := openOn(t, conn, nil)
			err := ch.PublishFrom(t.Context(), "", "k", BasicProperties{}, test.body, test.size, nil)
			var body *BodyError
			if !errors.As(err, &body) || !errors.Is(err, test.err) || sentOf(err) != test.sent {
				t.Fatalf("got %v", err)
			}
			if body.Read != test.read || body.Size != test.size {
				t.Errorf("%d of %d octets", body.Read, body.Size)
			}
			if test.sent == NotSent {
				if err := ch.Publish(t.Context(), "", "k", Message{}, nil); err != nil {
					t.Errorf("afterwards: %v", err)
				}
				conn.abort(ErrClosed)
				return
			}
			<-conn.Done()
			if !errors.Is(conn.Err(), test.err) || !errors.Is(ch.Err(), test.err) {
				t.Errorf("the connection ends because of %v, the channel because of %v", conn.Err(), ch.Err())
			}
		})
	}
}

// TestPostingArguments refuses what cannot be a body, and asks nothing of one
// that is empty.
func TestPostingArguments(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	for _, test := range []struct {
		body io.Reader
		size int64
		o    *PublishOptions
	}{
		{strings.NewReader(""), -1, nil},
		{nil, 1, nil},
		{nil, 0, &PublishOptions{Mandatory: true}},
	} {
		var usage *UsageError
		if err := ch.PublishFrom(t.Context(), "", "k", BasicProperties{}, test.body, test.size, test.o); !errors.As(err, &usage) || sentOf(err) != NotSent {
			t.Errorf("%+v: %v", test, err)
		}
	}
	if _, err := ch.PublishReceiptFrom(t.Context(), "", "k", BasicProperties{}, bytes.NewReader(pattern(longBody)), longBody, nil); sentOf(err) != NotSent {
		t.Errorf("a receipt on a plain channel: %v", err)
	}
	if err := ch.PublishFrom(t.Context(), "", "k", BasicProperties{}, nil, 0, nil); err != nil {
		t.Errorf("no body: %v", err)
	}
	conn.Close()
}

// TestPostingReceipts streams with confirms: one message is confirmed, and one
// returned to its own receipt.
func TestPostingReceipts(t *testing.T) {
	ch := confirming(t, nil, func(p *peer) {
		for range 2 {
			expect[BasicPublish](p, 1)
		}
		back := appendMethodFrame(t, nil, 1, &BasicReturn{ReplyCode: 312, Exchange: "x", RoutingKey: "b"})
		h := mustAppend(t, basicHeader(longBody, BasicProperties{ContentType: "b"}))
		back, _ = Frame{FrameHeader, 1, h}.AppendBinary(back)
		for _, half := range [][]byte{pattern(longBody)[:halfBody-frameOverhead], pattern(longBody)[halfBody-frameOverhead : longBody-2*frameOverhead], pattern(longBody)[longBody-2*frameOverhead:]} {
			back, _ = Frame{FrameBody, 1, half}.AppendBinary(back)
		}
		p.write(back)
		p.send(1, &BasicAck{DeliveryTag: 2, Multiple: true})
		p.closeConnection()
	})
	var receipts []*Receipt
	for _, key := range []string{"a", "b"} {
		r, err := ch.PublishReceiptFrom(t.Context(), "x", key, BasicProperties{ContentType: key}, bytes.NewReader(pattern(longBody)), longBody, &PublishOptions{Mandatory: true})
		if err != nil {
			t.Fatal(err)
		}
		receipts = append(receipts, r)
	}
	if err := receipts[0].Wait(t.Context()); err != nil {
		t.Error(err)
	}
	var back *ReturnedError
	if err := receipts[1].Wait(t.Context()); !errors.As(err, &back) || back.Return.RoutingKey != "b" {
		t.Errorf("got %v", err)
	}
	ch.conn.Close()
}
