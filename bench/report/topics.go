package main

import (
	"fmt"
	"io"

	"github.com/amqpgen/amqpgen/bench"
)

// topic is a part of the report: scenarios in one table.
type topic struct {
	title   string
	text    string
	holds   func(bench.Scenario) bool
	columns []column
}

var topics = []topic{
	{
		"Publishing", "To the peer, without confirms.",
		func(s bench.Scenario) bool { return s.Server == bench.Peer && s.Flow == bench.Publish }, costs,
	},
	{
		"Publishing with confirms", "To the peer, which confirms at once all that one read of its socket has brought.",
		func(s bench.Scenario) bool { return s.Server == bench.Peer && s.Flow == bench.Confirm }, costs,
	},
	{
		"Consuming", "From the peer, without acknowledgements.",
		func(s bench.Scenario) bool {
			return s.Server == bench.Peer && s.Flow == bench.Consume && s.Ack == bench.NoAck
		}, costs,
	},
	{
		"Consuming with acknowledgements", "From the peer, which keeps to the prefetch.",
		func(s bench.Scenario) bool {
			return s.Server == bench.Peer && s.Flow == bench.Consume && s.Ack != bench.NoAck
		}, costs,
	},
	{
		"Latency", "With the peer, from when a message is to be sent until its confirm or its delivery.",
		func(s bench.Scenario) bool { return s.Server == bench.Peer && s.Latency() }, times,
	},
	{
		"RabbitMQ", "With a broker that has a fresh queue for each run; messages are transient.",
		func(s bench.Scenario) bool { return s.Server == bench.RabbitMQ && !s.Latency() }, costs,
	},
	{
		"RabbitMQ: latency", "As with the peer.",
		func(s bench.Scenario) bool { return s.Server == bench.RabbitMQ && s.Latency() }, times,
	},
}

// column is of a topic's table, after the scenario and the contender.
type column struct {
	head string
	cell func(m measured, contender int) string
}

var costs = []column{
	number("CPU ns", "%.0f", cpu),
	number("messages/s", "%.0f", rate),
	ofGo("allocs", "%.2f", allocs),
	ofGo("octets", "%.0f", octets),
	number("peak MiB", "%.1f", memory),
	ratio("CPU, ours/its", cpu),
	ratio("wall, ours/its", wall),
}

var times = []column{
	number("p50 µs", "%.0f", p50),
	number("p99 µs", "%.0f", p99),
	number("p99.9 µs", "%.0f", p999),
	number("max µs", "%.0f", longest),
	number("CPU ns", "%.0f", cpu),
	ratio("p50, ours/its", p50),
	ratio("p99, ours/its", p99),
	ratio("p99.9, ours/its", p999),
}

func number(head, format string, of quantity) column {
	return column{head, func(m measured, contender int) string { return fmt.Sprintf(format, m.median(contender, of)) }}
}

// ofGo is for what only contenders in Go can tell.
func ofGo(head, format string, of quantity) column {
	n := number(head, format, of)
	return column{head, func(m measured, contender int) string {
		if !m.contenders[contender].Go() {
			return ""
		}
		return n.cell(m, contender)
	}}
}

func ratio(head string, of quantity) column {
	return column{head, func(m measured, contender int) string {
		ours := m.ours()
		if contender == ours {
			return ""
		}
		return spread(m.ratios(ours, contender, of))
	}}
}

// write writes the topic with its scenarios, if any of them was measured.
func (t topic) write(w io.Writer, all []measured) {
	out := table{head: []string{"scenario", "contender"}, left: 2}
	for _, c := range t.columns {
		out.head = append(out.head, c.head)
	}
	for _, m := range all {
		if t.holds(m.scenario) {
			t.addTo(&out, m)
		}
	}
	if len(out.rows) == 0 {
		return
	}
	fmt.Fprintf(w, "## %s\n\n%s\n\n", t.title, t.text)
	out.write(w)
}

// addTo adds a row for each contender. The first one names the scenario.
func (t topic) addTo(out *table, m measured) {
	name := m.scenario.String()
	for i, c := range m.contenders {
		row := []string{name, c.Name}
		for _, column := range t.columns {
			row = append(row, column.cell(m, i))
		}
		out.add(row...)
		name = ""
	}
}
