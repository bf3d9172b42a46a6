package client

import (
	"bytes"
	"testing"
)

// TestStats counts a session that has some of everything.
func TestStats(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.openChannel(2)
		expect[ConfirmSelect](p, 1)
		p.send(1, &ConfirmSelectOK{})
		p.published(4)
		p.write(appendContent(t, nil, 1, &BasicReturn{ReplyCode: 312, Exchange: "x", RoutingKey: "k3"}, &BasicProperties{}, []byte("m")))
		p.send(1, &BasicAck{DeliveryTag: 1}, &BasicNack{DeliveryTag: 2}, &BasicAck{DeliveryTag: 4, Multiple: true})
		p.startConsumer(2, "ctag")
		p.deliver(2, "ctag", 1, 3)
		p.endConsumer(2, "ctag")
		for range 2 {
			expect[BasicReject](p, 2)
		}
		p.closeConnection()
	})
	confirming, consuming := openOn(t, conn, nil), openOn(t, conn, nil)
	if err := confirming.SelectConfirm(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	rs := receipts(t, confirming, 2, nil)
	body := bytes.NewReader(pattern(longBody))
	r, err := confirming.PublishReceiptFrom(t.Context(), "x", "k2", BasicProperties{}, body, longBody, nil)
	if err != nil {
		t.Fatal(err)
	}
	back, err := confirming.PublishReceipt(t.Context(), "x", "k3", Message{Body: []byte("m")}, &PublishOptions{Mandatory: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range append(rs, r, back) {
		r.Wait(t.Context())
	}
	for range consuming.Consume(t.Context(), "q", nil) {
		break
	}
	got := conn.Stats()
	want := Stats{
		ReadOctets:    got.ReadOctets,
		WrittenOctets: got.WrittenOctets,
		ReadFrames:    3 + 3 + 3 + 2 + 3*3 + 1,
		QueuedFrames:  3 + 3*3 + 2 + 4 + 2 + 3,
		Published:     4,
		Confirmed:     2,
		Nacked:        1,
		Returned:      1,
		Delivered:     3,
		Channels:      2,
	}
	conn.Close()
	end := conn.Stats()
	if got != want {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	if end.WrittenOctets != conn.w.written || end.WrittenOctets < longBody || end.ReadOctets < 300 || end.Channels != 0 {
		t.Errorf("at the end: %+v", end)
	}
}
