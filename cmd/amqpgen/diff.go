package main

import (
	"fmt"
	"slices"
	"strings"
)

// edit is a line of a comparison: kept ' ', removed '-' or added '+'.
type edit struct {
	op   byte
	line string
}

const diffContext = 3

// unifiedDiff shows what turns old into new, in the format of diff -u. A nil
// side is a file that is not there.
func unifiedDiff(path string, old, new []byte) string {
	var b strings.Builder
	from, to := "a/"+path, "b/"+path
	if old == nil {
		from = "/dev/null"
	}
	if new == nil {
		to = "/dev/null"
	}
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", from, to)
	edits := compareLines(lines(old), lines(new))
	for start := 0; start < len(edits); {
		if edits[start].op == ' ' {
			start++
			continue
		}
		end := hunkEnd(edits, start)
		writeHunk(&b, edits, max(0, start-diffContext), end)
		start = end
	}
	return b.String()
}

// lines cuts a text into lines, each with its end; the last may have none.
func lines(text []byte) []string {
	return slices.Collect(strings.Lines(string(text)))
}

// hunkEnd goes on until twice the context is unchanged.
func hunkEnd(edits []edit, start int) int {
	kept := 0
	for i := start; i < len(edits); i++ {
		if edits[i].op != ' ' {
			kept = 0
			continue
		}
		if kept++; kept > 2*diffContext {
			return i - diffContext
		}
	}
	return len(edits) - max(0, kept-diffContext)
}

func writeHunk(b *strings.Builder, edits []edit, start, end int) {
	oldLine, newLine := 1, 1
	for _, e := range edits[:start] {
		oldLine += one(e.op != '+')
		newLine += one(e.op != '-')
	}
	oldCount, newCount := 0, 0
	for _, e := range edits[start:end] {
		oldCount += one(e.op != '+')
		newCount += one(e.op != '-')
	}
	fmt.Fprintf(b, "@@ -%s +%s @@\n", hunkRange(oldLine, oldCount), hunkRange(newLine, newCount))
	for _, e := range edits[start:end] {
		fmt.Fprintf(b, "%c%s", e.op, e.line)
		if !strings.HasSuffix(e.line, "\n") {
			b.WriteString("\n\\ No newline at end of file\n")
		}
	}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// hunkRange writes where a hunk is; an empty side lies before its first line.
func hunkRange(line, count int) string {
	if count == 0 {
		line--
	}
	return fmt.Sprintf("%d,%d", line, count)
}

// compareLines finds the edits between two files. What both begin and end
// with is set aside first; the rest is matched by Myers' greedy algorithm,
// bounded, beyond which everything is replaced.
func compareLines(a, b []string) []edit {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	edits := keep(nil, a[:head])
	edits = append(edits, shortestEdits(a[head:len(a)-tail], b[head:len(b)-tail])...)
	return keep(edits, a[len(a)-tail:])
}

func keep(edits []edit, lines []string) []edit {
	for _, l := range lines {
		edits = append(edits, edit{' ', l})
	}
	return edits
}

const maxEdits = 2000

// shortestEdits walks diagonals k = x-y, furthest first, and remembers each
// round for the way back.
func shortestEdits(a, b []string) []edit {
	var rounds []map[int]int
	reach := map[int]int{1: 0}
	for d := 0; d <= min(len(a)+len(b), maxEdits); d++ {
		round := make(map[int]int, d+1)
		rounds = append(rounds, round)
		for k := -d; k <= d; k += 2 {
			x := reach[k-1] + 1
			if k == -d || k != d && reach[k-1] < reach[k+1] {
				x = reach[k+1]
			}
			for x < len(a) && x-k < len(b) && a[x] == b[x-k] {
				x++
			}
			reach[k], round[k] = x, x
			if x >= len(a) && x-k >= len(b) {
				return trace(a, b, rounds)
			}
		}
	}
	return replaceAll(a, b)
}

func replaceAll(a, b []string) []edit {
	var edits []edit
	for _, l := range a {
		edits = append(edits, edit{'-', l})
	}
	for _, l := range b {
		edits = append(edits, edit{'+', l})
	}
	return edits
}

// trace walks the rounds backwards from the end of both files.
func trace(a, b []string, rounds []map[int]int) []edit {
	x, y := len(a), len(b)
	var back []edit
	for d := len(rounds) - 1; d > 0; d-- {
		before, k := rounds[d-1], x-y
		left, hasLeft := before[k-1]
		down, hasDown := before[k+1]
		insert := !hasLeft || hasDown && left < down
		startX, startY := left, left-(k-1)
		if insert {
			startX, startY = down, down-(k+1)
		}
		for x > startX+one(!insert) && y > startY+one(insert) {
			x, y = x-1, y-1
			back = append(back, edit{' ', a[x]})
		}
		if insert {
			y--
			back = append(back, edit{'+', b[y]})
		} else {
			x--
			back = append(back, edit{'-', a[x]})
		}
	}
	for x > 0 {
		x--
		back = append(back, edit{' ', a[x]})
	}
	for i, j := 0, len(back)-1; i < j; i, j = i+1, j-1 {
		back[i], back[j] = back[j], back[i]
	}
	return back
}
