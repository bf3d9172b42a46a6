package client

import (
	"context"
	"testing"
)

// TestReply answers a request, and refuses to answer what is none.
func TestReply(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.startConsumer(1, "c")
		request := &BasicProperties{ReplyTo: "replies", CorrelationID: "7"}
		p.write(appendContent(t, nil, 1, &BasicDeliver{ConsumerTag: "c", DeliveryTag: 1}, request, nil))
		p.deliver(1, "c", 2, 2)
		_, m, content := p.next()
		to, ok := m.(*BasicPublish)
		if !ok || to.Exchange != "" || to.RoutingKey != "replies" {
			p.fatalf("%v", m)
		}
		if m := content.Properties.(*BasicProperties); m.CorrelationID != "7" || string(content.Body) != "answer" {
			p.fatalf("%+v, %q", m, content.Body)
		}
		expect[BasicAck](p, 1)
		expect[BasicAck](p, 1)
		p.endConsumer(1, "c")
		p.closeConnection()
	})
	ch := openOn(t, conn, nil)
	err := ch.Handle(t.Context(), "q", func(ctx context.Context, d *Delivery) error {
		err := d.Reply(ctx, Message{Body: []byte("answer")})
		if d.DeliveryTag == 1 {
			return err
		}
		if !isA[*UsageError](err) {
			t.Errorf("to nobody: %v", err)
		}
		return ErrStop
	}, nil)
	if err != nil {
		t.Error(err)
	}
	if err := new(Delivery).Reply(t.Context(), Message{}); !isA[*UsageError](err) {
		t.Error(err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
