// Package measure holds what several rounds of a measurement gave, and takes
// the time of processes.
package measure

import (
	"fmt"
	"slices"
)

// Values are what one contender gave, round by round.
type Values []float64

// Median returns the value in the middle; of an even count, the mean of the
// two there.
func (v Values) Median() float64 {
	sorted := slices.Sorted(slices.Values(v))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// Over divides by the values of another contender, round by round.
func (v Values) Over(other Values) Values {
	out := make(Values, len(v))
	for i := range v {
		out[i] = v[i] / other[i]
	}
	return out
}

// Minus subtracts the values of another contender, round by round.
func (v Values) Minus(other Values) Values {
	out := make(Values, len(v))
	for i := range v {
		out[i] = v[i] - other[i]
	}
	return out
}

// String gives the median and, in brackets, the least and the greatest.
func (v Values) String() string {
	return fmt.Sprintf("%.2f (%.2f–%.2f)", v.Median(), slices.Min(v), slices.Max(v))
}
