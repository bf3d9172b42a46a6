package client

import (
	"math/rand/v2"
	"testing"
)

// randomDelivery differs little from others.
func randomDelivery(r *rand.Rand) BasicDeliver {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	return BasicDeliver{
		ConsumerTag: pick("", "a", "b", "ab"),
		DeliveryTag: DeliveryTag(r.Uint64() >> r.IntN(64)),
		Redelivered: r.IntN(2) == 0,
		Exchange:    pick("", "a", "ab"),
		RoutingKey:  pick("", "b", "\x00\x00\x00\x00\x00\x00\x00\x01\x01"),
	}
}

// TestRepetition holds that a delivery is taken for a repetition if it differs in
// nothing but its tag and redelivered, and then gives what decoding it does.
func TestRepetition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var memory repetition
	var last BasicDeliver
	repeated := 0
	for i := range 20_000 {
		m, got := randomDelivery(r), last
		payload := mustAppend(t, m)
		want := i > 0 && m.ConsumerTag == last.ConsumerTag && m.Exchange == last.Exchange && m.RoutingKey == last.RoutingKey
		switch again := memory.again(payload, &got); {
		case again != want:
			t.Fatalf("%+v after %+v: a repetition: %v", m, last, again)
		case again && got != m:
			t.Fatalf("got %+v, want %+v", got, m)
		case again:
			repeated++
		default:
			memory.remember(payload[4:], &m)
		}
		last = m
	}
	if repeated < 100 {
		t.Errorf("%d were repeated", repeated)
	}
}

// TestNoRepetition holds that what is not known to be a delivery's tag is no
// repetition, and neither are bits that no field claims.
func TestNoRepetition(t *testing.T) {
	m := BasicDeliver{ConsumerTag: "a", DeliveryTag: 7, Exchange: "b", RoutingKey: "c"}
	payload := mustAppend(t, m)
	var memory repetition
	if memory.again(nil, &m) || memory.again(payload, &m) {
		t.Error("nothing was remembered")
	}
	memory.remember(payload[4:], &m)
	if !memory.again(payload, &m) {
		t.Error("the same delivery is not taken for a repetition")
	}
	claimed := mustAppend(t, m)
	claimed[memory.at+tagSize] |= 2
	if memory.again(claimed, &m) {
		t.Error("a bit that was not set before is overlooked")
	}
}

// TestRepetitionNeedsItsLayout holds that another tag and redelivered change just
// their octets on the wire.
func TestRepetitionNeedsItsLayout(t *testing.T) {
	if !deliveriesRepeat {
		t.Error("basic.deliver has another layout")
	}
	if repeats(BasicDeliver{ConsumerTag: "c", DeliveryTag: 1, Exchange: string(make([]byte, 256))}) {
		t.Error("what cannot be encoded has the layout")
	}
}

// TestRepeatedTooSoon has the peer repeat a delivery where its header is due, and
// for a consumer that it has ended.
func TestRepeatedTooSoon(t *testing.T) {
	m := &BasicDeliver{ConsumerTag: "c", DeliveryTag: 1}
	for name, repeat := range map[string]func(p *peer){
		"before its header":      func(p *peer) { p.send(1, m, m) },
		"to a consumer that was": func(p *peer) { p.deliver(1, "c", 1, 1); p.send(1, &BasicCancel{ConsumerTag: "c", NoWait: true}, m) },
	} {
		t.Run(name, func(t *testing.T) {
			conn := connect(t, nil, func(p *peer) {
				p.openChannel(1)
				p.startConsumer(1, "c")
				repeat(p)
				expect[ConnectionClose](p, 0)
			})
			for _, err := range openOn(t, conn, nil).Consume(t.Context(), "q", nil) {
				if err != nil {
					break
				}
			}
			<-conn.Done()
			if err := conn.Err(); !isA[*ProtocolError](err) {
				t.Errorf("%v", err)
			}
		})
	}
}
