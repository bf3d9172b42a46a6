package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/amqpgen/amqpgen/bench"
)

func TestMain(m *testing.M) {
	bench.MainIfChild()
	os.Exit(m.Run())
}

// invented gives each contender of every scenario costs that are told easily: in
// round r the contender i takes r+1 times 1000*(i+1) ns per message.
func invented(t *testing.T, rounds int) (*bench.Suite, []measured) {
	t.Helper()
	suite, err := bench.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { suite.Close() })
	var all []measured
	for _, s := range bench.Scenarios() {
		m := measured{scenario: s, contenders: suite.Contenders(s)}
		for r := range rounds {
			var round []bench.Result
			for i := range m.contenders {
				cost := time.Duration((r + 1) * (i + 1) * 1000)
				round = append(round, bench.Result{Messages: 1, Wall: cost, CPU: cost, RSS: 2048, P50: cost, P99: cost, P999: cost, Max: cost})
			}
			m.rounds = append(m.rounds, round)
		}
		all = append(all, m)
	}
	return suite, all
}

func TestEveryScenarioIsInOneTable(t *testing.T) {
	for _, s := range bench.Scenarios() {
		held := 0
		for _, topic := range topics {
			if topic.holds(s) {
				held++
			}
		}
		if held != 1 {
			t.Errorf("%s is in %d tables", s, held)
		}
	}
}

// TestReportIsPlainText wants the rows of each table to be of equal length, and
// every scenario in them.
func TestReportIsPlainText(t *testing.T) {
	suite, all := invented(t, 3)
	var b bytes.Buffer
	writeReport(&b, suite, options{rounds: 3, dir: "."}, all)
	width := 0
	for line := range strings.Lines(b.String()) {
		if !strings.HasPrefix(line, "|") {
			width = 0
			continue
		}
		if n := utf8.RuneCountInString(line); width == 0 {
			width = n
		} else if n != width {
			t.Errorf("a row has %d characters, not %d: %s", n, width, line)
		}
	}
	for _, m := range all {
		if !strings.Contains(b.String(), "| "+m.scenario.String()+" ") {
			t.Errorf("%s is missing", m.scenario)
		}
	}
	if want := "(" + plotFile + ")"; !strings.Contains(b.String(), want) {
		t.Errorf("the report does not show %s", want)
	}
}

func TestStatistics(t *testing.T) {
	_, all := invented(t, 3)
	m := all[0]
	if got := m.median(1, cpu); got != 4000 {
		t.Errorf("the median is %v", got)
	}
	if got, want := spread(m.ratios(0, 1, cpu)), "0.500 (0.500–0.500)"; got != want {
		t.Errorf("the ratio is %s, not %s", got, want)
	}
	if got, want := spread([]float64{0.25, 4, 1, 0.5}), "0.750 (0.250–4.000)"; got != want {
		t.Errorf("the spread is %s, not %s", got, want)
	}
}

func TestPlotIsWellFormed(t *testing.T) {
	_, all := invented(t, 1)
	picture := plot(all)
	bars, decoder := 0, xml.NewDecoder(bytes.NewReader(picture))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "rect" {
			bars++
		}
	}
	want := 1 // the background
	for _, m := range plotted(all) {
		want += len(m.contenders)
	}
	if bars != want {
		t.Errorf("%d rectangles, not %d", bars, want)
	}
	if plot(nil) != nil {
		t.Error("there is a plot of nothing")
	}
}

func TestUnits(t *testing.T) {
	for value, want := range map[float64]string{54.4: "54 ns", 999: "999 ns", 1000: "1 µs", 1234: "1.2 µs", 45678: "46 µs"} {
		if got := inUnits(value); got != want {
			t.Errorf("%v is written %s, not %s", value, got, want)
		}
	}
	for value, want := range map[float64]string{0.042: "0.04 ×", 1.04: "1.0 ×", 38.2: "38 ×"} {
		if got := multiple(value); got != want {
			t.Errorf("%v is written %s, not %s", value, got, want)
		}
	}
}

// TestMeasure counts runs of a contender that takes 1 ms for each message: three
// to find the number of messages, then one in each round.
func TestMeasure(t *testing.T) {
	for _, c := range []struct {
		load bench.Load
		want []int
	}{
		{bench.Load{Flow: bench.Publish}, []int{2000, 3000, 3000, 3000, 3000}},
		{bench.Load{Flow: bench.ConfirmLatency}, []int{200, 15000, 15000, 15000, 15000}},
		{bench.Load{Flow: bench.ConfirmLatency, Rate: 100}, []int{1500, 1500}},
	} {
		m := measured{scenario: bench.Scenario{Load: c.load}, contenders: make([]bench.Contender, 1)}
		var runs []int
		err := m.measure(options{rounds: 2, duration: 3 * time.Second}, func(_ bench.Contender, messages int) (bench.Result, error) {
			runs = append(runs, messages)
			return bench.Result{Messages: messages, Wall: time.Duration(messages) * time.Millisecond}, nil
		})
		if err != nil || !slices.Equal(runs, c.want) || len(m.rounds) != 2 {
			t.Errorf("%s: runs of %v, want %v; %d rounds; %v", m.scenario, runs, c.want, len(m.rounds), err)
		}
	}
}

// TestRun measures one scenario for real and looks at the files.
func TestRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	only := regexp.MustCompile("^confirm/body=100/window=1000$")
	if err := run(options{rounds: 1, duration: time.Millisecond, pattern: only, dir: dir}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"REPORT.md", plotFile} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
