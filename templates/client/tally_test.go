package client

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// model is a tally made of sets, with what the server still holds unsettled.
type model struct {
	open, noted map[DeliveryTag]bool
}

func newModel() *model { return &model{map[DeliveryTag]bool{}, map[DeliveryTag]bool{}} }

// tags lists what is open, oldest first.
func (m *model) tags() []DeliveryTag {
	var tags []DeliveryTag
	for tag := range m.open {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	return tags
}

// ack is the server's side of an ack, which must cover what the program has
// acknowledged, and nothing else.
func (m *model) ack(tag DeliveryTag, multiple bool) error {
	if !m.open[tag] {
		return fmt.Errorf("ack of %d, which is not open", tag)
	}
	for _, covered := range m.tags() {
		if covered != tag && (covered > tag || !multiple) {
			continue
		}
		if !m.noted[covered] {
			return fmt.Errorf("ack of %d covers %d, which the program has not acknowledged", tag, covered)
		}
		m.settle(covered)
	}
	return nil
}

func (m *model) settle(tag DeliveryTag) {
	delete(m.open, tag)
	delete(m.noted, tag)
}

// TestTallyAgainstSets settles deliveries at random, and holds each ack that the
// tally gives to what sets of tags say.
func TestTallyAgainstSets(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		tl, m, last, peak := new(tally), newModel(), DeliveryTag(0), 0
		for range 1000 {
			tags := m.tags()
			peak = max(peak, len(tags))
			switch op := r.IntN(10); {
			case op < 4 || len(tags) == 0:
				last += DeliveryTag(1 + r.IntN(2)) // those between are another consumer's, without acks
				tl.enter(last)
				m.open[last] = true
			case op < 8:
				tag := tags[r.IntN(min(len(tags), 5))]
				if tl.note(tag) == m.noted[tag] {
					t.Fatalf("seed %d: delivery %d is noted: %v", seed, tag, m.noted[tag])
				}
				m.noted[tag] = true
			case op < 9:
				settleSome(r, tl, m, tags)
			default:
				takeAll(t, seed, tl, m, r.IntN(2) == 0)
			}
			if tl.noted != len(m.noted) {
				t.Fatalf("seed %d: %d are noted; it should be %d", seed, tl.noted, len(m.noted))
			}
		}
		if most := 4*peak + 100; len(tl.open) > most {
			t.Errorf("seed %d: the tally holds %d where %d at most were open", seed, len(tl.open), peak)
		}
	}
}

// settleSome settles one delivery, or some of the oldest, or now and then all.
func settleSome(r *rand.Rand, tl *tally, m *model, tags []DeliveryTag) {
	tag := tags[r.IntN(min(len(tags), 5))]
	switch r.IntN(20) {
	case 0:
		tl.settle(0, true)
		tag = tags[len(tags)-1]
	case 1, 2, 3:
		tl.settle(tag, true)
	default:
		tl.settle(tag, false)
		m.settle(tag)
		return
	}
	for _, before := range tags {
		if before <= tag {
			m.settle(before)
		}
	}
}

func takeAll(t *testing.T, seed uint64, tl *tally, m *model, all bool) {
	t.Helper()
	sent := 0
	tl.take(all, func(tag DeliveryTag, multiple bool) {
		sent++
		if err := m.ack(tag, multiple); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	})
	if all && len(m.noted) > 0 || sent == 0 && len(m.noted) > 0 {
		t.Fatalf("seed %d: %d acks left %d noted", seed, sent, len(m.noted))
	}
}

// TestTallyAcksInRows notes deliveries in some order and compares the acks.
func TestTallyAcksInRows(t *testing.T) {
	for name, c := range map[string]struct {
		settled, noted []DeliveryTag // of 1 to 6
		strays         bool
		want           string
	}{
		"in order":        {noted: []DeliveryTag{1, 2, 3}, want: "3+"},
		"out of order":    {noted: []DeliveryTag{3, 1, 2}, want: "3+"},
		"behind a gap":    {noted: []DeliveryTag{1, 2, 5, 4}, want: "2+ 4 5"},
		"no row":          {noted: []DeliveryTag{2, 3}, want: "2 3"},
		"over a reject":   {settled: []DeliveryTag{2}, noted: []DeliveryTag{1, 3}, want: "3+"},
		"up to a reject":  {settled: []DeliveryTag{3}, noted: []DeliveryTag{1, 2}, want: "2+"},
		"rejects alone":   {settled: []DeliveryTag{1, 2}, want: ""},
		"others are here": {noted: []DeliveryTag{1, 2}, strays: true, want: "1 2"},
	} {
		tl := &tally{strays: c.strays}
		for tag := range DeliveryTag(6) {
			tl.enter(tag + 1)
		}
		for _, tag := range c.settled {
			tl.settle(tag, false)
		}
		for _, tag := range c.noted {
			tl.note(tag)
		}
		var got []string
		tl.take(true, func(tag DeliveryTag, multiple bool) {
			got = append(got, fmt.Sprint(tag)+map[bool]string{true: "+"}[multiple])
		})
		if s := fmt.Sprint(got); s != "["+c.want+"]" {
			t.Errorf("%s: the acks are %s; they should be [%s]", name, s, c.want)
		}
	}
}

// TestTallyOfDisorder enters tags that do not ascend: no ack covers too much.
func TestTallyOfDisorder(t *testing.T) {
	for _, tags := range [][]DeliveryTag{{2, 1}, {5, 9, 7, 8}, {0, 1}, {1, 0}} {
		tl, m := new(tally), newModel()
		for _, tag := range tags {
			tl.enter(tag)
			m.open[tag] = true
		}
		tl.note(tags[0])
		m.noted[tags[0]] = true
		tl.take(true, func(tag DeliveryTag, multiple bool) {
			if err := m.ack(tag, multiple); err != nil || tag == 0 && multiple {
				t.Errorf("%v: %v", tags, err)
			}
		})
	}
}

// TestTallyAllocatesNothing enters, notes and takes.
func TestTallyAllocatesNothing(t *testing.T) {
	tl, tag, acks := new(tally), DeliveryTag(0), 0
	round := func() {
		for range 32 {
			tag++
			tl.enter(tag)
			tl.note(tag)
		}
		tl.take(true, func(DeliveryTag, bool) { acks++ })
	}
	round()
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("32 acks allocate %v times", n)
	}
	if acks != 102 {
		t.Errorf("%d acks", acks)
	}
}

func BenchmarkTally(b *testing.B) {
	tl, tag := new(tally), DeliveryTag(0)
	for b.Loop() {
		tag++
		tl.enter(tag)
		tl.note(tag)
		if tl.noted >= 32 {
			tl.take(false, func(DeliveryTag, bool) {})
		}
	}
}
