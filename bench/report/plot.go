package main

import (
	"bytes"
	_ "embed"
	"text/template"

	"github.com/amqpgen/amqpgen/bench"
)

const plotFile = "plot.svg"

//go:embed plot.svg.tmpl
var plotText string

var plotTemplate = template.Must(template.New(plotFile).Parse(plotText))

// Where things are, in pixels. Bars begin at axisLeft.
const (
	plotWidth   = 860
	plotTop     = 118 // above the first panel
	plotBottom  = 40  // below the last
	axisLeft    = 134
	axisRight   = 700
	panelHead   = 38
	panelFoot   = 14
	barPitch    = 23
	labelMargin = 8
)

// chart is the picture of CPU per message, of the bases with the peer.
type chart struct {
	Width, Height, Left, Top, Bottom float64
	Rounds                           int
	Panels                           []panel
	Ticks                            []tick
}

// panel is a scenario's part of the chart.
type panel struct {
	Title string
	Y     float64 // of the title
	Bars  []bar
}

// bar is a contender's.
type bar struct {
	Name, Kind       string // the kind is ours, other or limit
	Y, Width, LabelX float64
	Value, Ratio     string
}

// plotted are the scenarios that the chart is made of.
func plotted(all []measured) []measured {
	var out []measured
	for _, m := range all {
		if m.scenario.Base && m.scenario.Server == bench.Peer && !m.scenario.Latency() {
			out = append(out, m)
		}
	}
	return out
}

// plot draws the chart as SVG; nil if there is nothing to draw.
func plot(all []measured) []byte {
	bases := plotted(all)
	if len(bases) == 0 {
		return nil
	}
	var b bytes.Buffer
	if err := plotTemplate.Execute(&b, newChart(bases)); err != nil {
		panic(err) // the template fits the chart
	}
	return b.Bytes()
}

func newChart(bases []measured) chart {
	a := newAxis(bases)
	c := chart{Width: plotWidth, Left: axisLeft, Top: plotTop, Rounds: len(bases[0].rounds), Ticks: a.ticks()}
	y := float64(plotTop)
	for _, m := range bases {
		p := newPanel(m, a, y)
		c.Panels = append(c.Panels, p)
		y += panelHead + float64(len(p.Bars))*barPitch + panelFoot
	}
	c.Bottom, c.Height = y, y+plotBottom
	return c
}

func newPanel(m measured, a axis, y float64) panel {
	p := panel{Title: title(m.scenario), Y: y + 25}
	for i, c := range m.contenders {
		value := m.median(i, cpu)
		b := bar{Name: c.Name, Kind: kind(c), Y: y + panelHead + float64(i)*barPitch, Value: inUnits(value)}
		b.Width, b.LabelX = a.x(value)-axisLeft, a.x(value)+labelMargin
		if ours := m.ours(); i != ours {
			b.Ratio = multiple(m.ratios(i, ours, cpu).Median())
		}
		p.Bars = append(p.Bars, b)
	}
	return p
}

func kind(c bench.Contender) string {
	switch {
	case c.Ours:
		return "ours"
	case c.Name == "limit":
		return "limit"
	}
	return "other"
}

func title(s bench.Scenario) string {
	switch {
	case s.Flow == bench.Publish:
		return "Publish"
	case s.Flow == bench.Confirm:
		return "Publish with confirms"
	case s.Ack == bench.NoAck:
		return "Consume"
	}
	return "Consume and acknowledge each"
}
