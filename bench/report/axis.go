package main

import (
	"fmt"
	"math"
)

// axis is logarithmic, over whole powers of ten.
type axis struct{ low, high float64 } // exponents

// tick is a line of the axis. Only those of powers of ten have a label.
type tick struct {
	X     float64
	Label string
}

func newAxis(bases []measured) axis {
	a := axis{math.Inf(1), math.Inf(-1)}
	for _, m := range bases {
		for i := range m.contenders {
			e := math.Log10(m.median(i, cpu))
			a.low, a.high = min(a.low, math.Floor(e)), max(a.high, math.Ceil(e))
		}
	}
	return a
}

func (a axis) x(value float64) float64 {
	return axisLeft + (math.Log10(value)-a.low)/(a.high-a.low)*(axisRight-axisLeft)
}

// ticks are two to nine times each power of ten as well.
func (a axis) ticks() []tick {
	var out []tick
	for e := a.low; e <= a.high; e++ {
		power := math.Pow(10, e)
		out = append(out, tick{a.x(power), inUnits(power)})
		for n := 2.0; n < 10 && e < a.high; n++ {
			out = append(out, tick{X: a.x(n * power)})
		}
	}
	return out
}

// inUnits writes nanoseconds with three digits at most.
func inUnits(ns float64) string {
	if ns < 1000 {
		return fmt.Sprintf("%.0f ns", ns)
	}
	return fmt.Sprintf("%.*f µs", decimals(ns/1000), ns/1000)
}

func multiple(ratio float64) string { return fmt.Sprintf("%.*f ×", decimals(ratio), ratio) }

// decimals are as many as a number of two or three digits needs.
func decimals(x float64) int {
	switch {
	case x < 1:
		return 2
	case x < 10 && x != math.Trunc(x):
		return 1
	}
	return 0
}
