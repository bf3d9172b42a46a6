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
	other := m
	other.DeliveryTag++
	if memory.remember(payload[4:], &other); memory.again(payload, &m) {
		t.Error("a tag was remembered that does not stand in the payload")
	}
	if memory.remember(payload[4:8], &m); memory.again(payload[:8], &m) {
		t.Error("arguments were remembered that are too short to hold a tag")
	}
}
