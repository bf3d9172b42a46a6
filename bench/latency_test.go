package bench

import (
	"testing"
	"time"
)

func TestQuantile(t *testing.T) {
	for _, c := range []struct{ values, thousandths, want int }{
		{1, 500, 1},
		{1, 999, 1},
		{2, 500, 1},
		{3, 500, 2},
		{100, 500, 50},
		{100, 990, 99},
		{100, 999, 100},
		{1000, 999, 999},
		{1001, 999, 1000},
		{10_000, 990, 9900},
	} {
		sorted := make([]time.Duration, c.values)
		for i := range sorted {
			sorted[i] = time.Duration(i + 1)
		}
		if got := quantile(sorted, c.thousandths); int(got) != c.want {
			t.Errorf("%d of %d values up to %[2]d: got %d, want %d", c.thousandths, c.values, got, c.want)
		}
	}
}

// TestPace sends messages of which each takes as long as two should, and wants
// the lateness to add up.
func TestPace(t *testing.T) {
	const messages, interval = 20, time.Millisecond
	l := newLatencies(Task{Load: delivered.rate(int(time.Second / interval)), Messages: messages})
	l.start()
	err := l.pace(func() error {
		time.Sleep(2 * interval)
		l.arrived()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var r Result
	first, last := l.taken[0], l.taken[messages-1]
	l.into(&r)
	if first < 2*interval || last < (messages+1)*interval || r.Max < last || r.P50 > r.P99 {
		t.Errorf("the first message took %v, the last %v; %+v", first, last, r)
	}
}
