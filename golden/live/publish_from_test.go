package live

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/amqpgen/amqpgen/generated/rabbitmq"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

// TestStreamedBody sends 64 MiB out of a reader, while another channel of the
// connection publishes, and gets them back octet for octet.
func TestStreamedBody(t *testing.T) {
	const size = 64 << 20
	ctx := bounded(t)
	conn := dialRabbitMQ(t, rabbit.ForTest(t))
	ch, queue := confirming(t, conn, nil)
	other, err := conn.Channel(ctx)
	must(t, err)

	sum := sha256.New()
	body := io.TeeReader(rand.NewChaCha8([32]byte{7}), sum)
	properties := rabbitmq.BasicProperties{MessageID: "large"}
	r, err := ch.PublishReceiptFrom(ctx, "", queue, properties, &alongside{body, other}, size, nil)
	must(t, err, r.Wait(ctx))

	d, ok, err := ch.Get(ctx, queue, &rabbitmq.GetOptions{NoAck: true})
	must(t, err)
	if got := sha256.Sum256(d.Body); !ok || d.MessageID != "large" || hex.EncodeToString(got[:]) != hex.EncodeToString(sum.Sum(nil)) {
		t.Errorf("%d octets came back of %d, and not the same", len(d.Body), size)
	}
}

// alongside is a body that publishes on another channel whenever it is read.
type alongside struct {
	io.Reader
	other *rabbitmq.Channel
}

func (b *alongside) Read(p []byte) (int, error) {
	if err := b.other.Publish(context.Background(), "", "nowhere", rabbitmq.Message{Body: []byte("small")}, nil); err != nil {
		return 0, err
	}
	return b.Reader.Read(p)
}
