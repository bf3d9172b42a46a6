package linear

import (
	"fmt"
	"io"
	"math"
)

// tolerance is how far a slope may be from 1.
const tolerance = 0.2

const slopesHead = `## Cost grows as the work does

The slope is that of a line fitted to the logarithms of size and CPU: 1 if ten times as much takes ten times the CPU,
less if much is cheaper by the piece. Median of the rounds, least and greatest in brackets. The bar: within 1 ± 0.2.

The CPU is that of the client's process, or of the generator's; the peer is another one. All connections, or channels,
are open at the same time. Channels and bodies do without the cost of the connection, which is open before and closed
after; nothing else is taken off, so that a small body bears all that a message costs. From specifications the cost of
0-9-1 itself is taken off, measured in turn; where that leaves nothing, the round does not count.

| what | sizes | slope | bar |
|---|---|---:|---|
`

const unitsHead = `
The same by the piece: what each connection, channel, octet or method costs at each size.

| what | size | CPU ns by the piece | of that at the smallest size |
|---|---:|---:|---:|
`

func write(w io.Writer, curves []*curve) {
	fmt.Fprint(w, slopesHead)
	for _, c := range curves {
		c.writeSlope(w, 0)
		if from := c.index(c.large); from > 0 {
			c.writeSlope(w, from)
		}
	}
	fmt.Fprint(w, unitsHead)
	for _, c := range curves {
		for i, size := range c.sizes {
			ns := c.perUnit(i)
			fmt.Fprintf(w, "| %s | %d %s | %s | %v |\n", c.what, size, c.unit, digits(ns.Median()), ns.Over(c.perUnit(0)))
		}
	}
	fmt.Fprintln(w)
}

// writeSlope writes the row for the sizes from an index on.
func (c *curve) writeSlope(w io.Writer, from int) {
	slopes := c.slopes(from)
	verdict := "missed"
	if math.Abs(slopes.Median()-1) <= tolerance { // which no slope at all is not
		verdict = "held"
	}
	fmt.Fprintf(w, "| %s | %d to %d %s | %v | %s |\n", c.what, c.sizes[from], c.sizes[len(c.sizes)-1], c.unit, slopes, verdict)
}

// digits prints three that count, or all of a larger number.
func digits(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}
