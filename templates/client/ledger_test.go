package client

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestLedgerAgainstAPlainOne settles messages at random and compares each
// receipt with what a map says.
func TestLedgerAgainstAPlainOne(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		l := newLedger(true, 0, new(fateCounts))
		plain := map[uint64]fate{}
		receipts := map[uint64]*Receipt{}
		give := seed%2 == 0
		for range 3000 {
			if r.IntN(3) > 0 {
				number := l.next
				if receipt := l.enter(nil, give); give {
					receipts[number] = receipt
				}
				plain[number] = undecided
				continue
			}
			number := l.low + r.Uint64N(l.next-l.low+1)
			if number >= l.next {
				continue
			}
			f, multiple := []fate{accepted, refused}[r.IntN(2)], r.IntN(4) == 0
			l.settle(number, multiple, f)
			for n := number; n > 0 && (n == number || multiple); n-- {
				if plain[n] == undecided {
					plain[n] = f
				}
			}
		}
		compareLedger(t, fmt.Sprintf("seed %d", seed), l, plain, receipts)
	}
}

func compareLedger(t *testing.T, what string, l *ledger, plain map[uint64]fate, receipts map[uint64]*Receipt) {
	t.Helper()
	open, nacked, low := 0, 0, l.next
	for n, f := range plain {
		switch f {
		case undecided:
			open++
			low = min(low, n)
		case refused:
			nacked++
		}
		if r := receipts[n]; r != nil && fate(r.fate.Load()) != f {
			t.Errorf("%s: message %d has the fate %d; it should be %d", what, n, r.fate.Load(), f)
		}
	}
	if l.open != open || l.nacked != nacked || l.low != low {
		t.Errorf("%s: open %d, nacked %d, low %d; it should be %d, %d, %d", what, l.open, l.nacked, l.low, open, nacked, low)
	}
	if most := int(l.next-l.low)/pageSize + 2; len(l.pages) > most {
		t.Errorf("%s: %d pages for %d messages", what, len(l.pages), l.next-l.low)
	}
}

// TestLedgerReusesPages publishes and settles without receipts given, which
// allocates nothing in the long run.
func TestLedgerReusesPages(t *testing.T) {
	l := newLedger(true, 0, new(fateCounts))
	allocs := testing.AllocsPerRun(100, func() {
		for range 10 * pageSize {
			l.enter(nil, false)
			l.settle(l.next-1, true, accepted)
		}
	})
	if allocs > 10 { // the list of pages moves on in memory
		t.Errorf("%v allocations for %d messages", allocs, 10*pageSize)
	}
}
