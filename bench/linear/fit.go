package linear

import "math"

// slope fits a straight line, by least squares, to the logarithms of sizes and
// costs, and returns its slope: 1 if a size ten times as large costs ten times
// as much, 2 if it costs a hundred times as much.
func slope(sizes []int, costs []float64) float64 {
	var x, y, xx, xy float64
	for i, size := range sizes {
		lx, ly := math.Log(float64(size)), math.Log(costs[i])
		x += lx
		y += ly
		xx += lx * lx
		xy += lx * ly
	}
	n := float64(len(sizes))
	return (n*xy - x*y) / (n*xx - x*x)
}
