package live

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
	"github.com/amqpgen/amqpgen/generated/rabbitmq"
	"github.com/amqpgen/amqpgen/internal/ledger"
)

// confirming opens and sets up a kept channel.
func (l *traffic) confirming() *rabbitmq.KeptChannel {
	var top rabbitmq.Topology
	top.Queue(l.queue, &rabbitmq.QueueOptions{Durable: true, Arguments: l.arguments})
	return l.keeper.Channel(func(ctx context.Context, ch *rabbitmq.Channel) error {
		if err := top.Declare(ctx, ch); err != nil {
			return err
		}
		return ch.SelectConfirm(ctx, nil)
	}, nil)
}

// parcelOf is a persistent message with the name in it.
func parcelOf(m ledger.Message) rabbitmq.Message {
	out := rabbitmq.Message{Body: fmt.Appendf(nil, "%d %d", m.Publisher, m.Number)}
	out.DeliveryMode = 2
	return out
}

// The publishers.
const (
	surely = iota
	many
	transactions
)

// publishSurely publishes one message at a time, at least once.
func (l *traffic) publishSurely(working context.Context) {
	ch := l.confirming()
	for i := 0; working.Err() == nil; i++ {
		m := ledger.Message{Publisher: surely, Number: i}
		l.enter(ledger.Published, m, 0)
		err := ch.PublishAtLeastOnce(l.ctx, "", l.queue, parcelOf(m), nil)
		l.resolve(m, err)
		if errors.Is(err, rabbitmq.ErrNacked) {
			l.renew(ch)
		}
	}
}

// window is how many messages publishMany has under way.
const window = 32

// publishMany publishes with receipts, and leaves what is unknown at that.
func (l *traffic) publishMany(working context.Context) {
	kept := l.confirming()
	receipts := map[ledger.Message]*rabbitmq.Receipt{}
	for i := 0; working.Err() == nil; i++ {
		ch, err := kept.Channel(l.ctx)
		if err != nil {
			return // the test is over
		}
		m := ledger.Message{Publisher: many, Number: i}
		l.enter(ledger.Published, m, 0)
		if receipts[m], err = ch.PublishReceipt(l.ctx, "", l.queue, parcelOf(m), nil); err != nil {
			delete(receipts, m)
			l.resolve(m, err)
		}
		if len(receipts) == window && l.await(receipts) {
			l.renew(kept)
		}
	}
	l.await(receipts)
}

// renew has the next publish open another channel. RabbitMQ may refuse all for
// ever over one that was opened while a quorum queue had no leader.
func (l *traffic) renew(kept *rabbitmq.KeptChannel) {
	time.Sleep(10 * time.Millisecond)
	if ch, err := kept.Channel(l.ctx); err == nil {
		_ = ch.Close()
	}
}

// await waits for the fates of all, and forgets them. It reports whether one was
// refused.
func (l *traffic) await(receipts map[ledger.Message]*rabbitmq.Receipt) (refused bool) {
	for m, r := range receipts {
		err := r.Wait(l.ctx)
		l.resolve(m, err)
		refused = refused || errors.Is(err, rabbitmq.ErrNacked)
	}
	clear(receipts)
	return refused
}

// publishTx publishes over AMQP 0-8, each message in a transaction of its own.
func (l *traffic) publishTx(working context.Context) {
	ch := l.old.Channel(func(ctx context.Context, ch *amqp08.Channel) error {
		if _, err := ch.DeclareQueue(ctx, l.queue, &amqp08.QueueOptions{Durable: true}); err != nil {
			return err
		}
		return ch.SelectTx(ctx)
	}, nil)
	for i := 0; working.Err() == nil; i++ {
		m := ledger.Message{Publisher: transactions, Number: i}
		l.enter(ledger.Published, m, 0)
		parcel := amqp08.Message{Body: parcelOf(m).Body}
		parcel.DeliveryMode = 2
		l.resolve(m, ch.PublishTx(l.ctx, "", l.queue, parcel, nil))
	}
}

// consume enters and acknowledges what comes, in this order. An ack over a
// connection that is gone fails, and the message comes again.
func (l *traffic) consume(ctx context.Context) {
	for d, err := range l.confirming().Consume(ctx, l.queue, nil) {
		if err != nil {
			if ctx.Err() == nil {
				l.t.Errorf("consuming: %v", err)
			}
			return
		}
		var m ledger.Message
		if _, err := fmt.Sscan(string(d.Body), &m.Publisher, &m.Number); err != nil {
			l.t.Errorf("message %q: %v", d.Body, err)
		}
		event := ledger.Consumed
		if d.Redelivered {
			event = ledger.Redelivered
		}
		l.enter(event, m, d.Epoch())
		_ = d.Ack(ctx)
	}
}
