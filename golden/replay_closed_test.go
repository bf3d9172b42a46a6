package golden_test

import (
	"net"
	"testing"
	"testing/synctest"

	"github.com/amqpgen/amqpgen/generated/amqp08"
	"github.com/amqpgen/amqpgen/golden"
)

// TestNothingAfterClose closes a channel while its consumer is at the first of two deliveries: the second one
// is not handed back, since the number is another channel's, or nobody's, by then.
func TestNothingAfterClose(t *testing.T) {
	t.Run("by the server", func(t *testing.T) {
		records := append(uptoDeliveries(t),
			say(t, false, 2, &amqp08.ChannelClose{ReplyCode: 404}), say(t, true, 2, &amqp08.ChannelCloseOK{}))
		nothingAfter(t, records, func(c *client, ch *amqp08.Channel) { receive(c, ch.Done()) })
	})
	t.Run("by the client", func(t *testing.T) {
		records := append(uptoDeliveries(t),
			say(t, true, 2, &amqp08.ChannelClose{}), say(t, false, 2, &amqp08.ChannelCloseOK{}))
		nothingAfter(t, records, func(c *client, ch *amqp08.Channel) { c.must(ch.CloseWith(amqp08.ChannelClose{})) })
	})
}

// uptoDeliveries is the consume capture up to the first two deliveries.
func uptoDeliveries(t *testing.T) []golden.Record {
	bodies := 0
	frames := load(t, "consume").Frames
	for i, r := range frames {
		if r.FromClient || r.Octets[0] != golden.FrameBody {
			continue
		}
		if bodies++; bodies == 2 {
			return frames[: i+1 : i+1]
		}
	}
	t.Fatal("no two deliveries in the capture")
	return nil
}

// say makes a record of a method.
func say(t *testing.T, fromClient bool, channel uint16, m amqp08.Method) golden.Record {
	t.Helper()
	payload, err := m.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	octets, err := amqp08.Frame{Type: amqp08.FrameMethod, Channel: channel, Payload: payload}.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return golden.Record{FromClient: fromClient, Octets: octets, Note: m.ID().String()}
}

// nothingAfter replays the records and has the channel closed at the first delivery. Then it closes the
// connection.
func nothingAfter(t *testing.T, records []golden.Record, closing func(*client, *amqp08.Channel)) {
	records = append(records, say(t, true, 0, &amqp08.ConnectionClose{}), say(t, false, 0, &amqp08.ConnectionCloseOK{}))
	play := func(c *client) {
		conn := c.connect()
		publisher := c.channel(conn, nil)
		consumer := c.channel(conn, nil)
		publishThree(c, publisher)
		for _, err := range consumer.Consume(c.ctx, "golden.consume", &amqp08.ConsumeOptions{Prefetch: 2, ConsumerTag: "golden.tag"}) {
			if err != nil {
				break // the channel's end
			}
			synctest.Wait() // for the second delivery
			closing(c, consumer)
		}
		c.must(conn.CloseWith(amqp08.ConnectionClose{}))
	}
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		replay(t, records, play, ours, theirs)
	})
}
