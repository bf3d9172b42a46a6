package measure

import (
	"slices"
	"testing"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values Values
		want   float64
	}{
		{Values{3}, 3},
		{Values{9, 1, 5}, 5},
		{Values{8, 2, 4, 100}, 6},
	} {
		before := slices.Clone(c.values)
		if got := c.values.Median(); got != c.want {
			t.Errorf("the median of %v is %v, want %v", []float64(c.values), got, c.want)
		}
		if !slices.Equal(before, c.values) {
			t.Errorf("the rounds are in another order: %v", []float64(c.values))
		}
	}
}

func TestRoundByRound(t *testing.T) {
	a, b := Values{2, 9}, Values{4, 3}
	if got := a.Over(b); !slices.Equal(got, Values{0.5, 3}) {
		t.Errorf("the ratios are %v", []float64(got))
	}
	if got := a.Minus(b); !slices.Equal(got, Values{-2, 6}) {
		t.Errorf("the differences are %v", []float64(got))
	}
	if got, want := a.Over(b).String(), "1.75 (0.50–3.00)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
