package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// table is a Markdown table that can be read as plain text too: its columns
// have the same width in all rows.
type table struct {
	head []string
	left int // so many columns are aligned to the left, the others to the right
	rows [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) write(w io.Writer) {
	widths := t.widths()
	t.writeRow(w, widths, t.head)
	fmt.Fprint(w, "|")
	for i, width := range widths {
		if i < t.left {
			fmt.Fprint(w, strings.Repeat("-", width+2), "|")
		} else {
			fmt.Fprint(w, strings.Repeat("-", width+1), ":|")
		}
	}
	fmt.Fprintln(w)
	for _, row := range t.rows {
		t.writeRow(w, widths, row)
	}
	fmt.Fprintln(w)
}

func (t *table) widths() []int {
	widths := make([]int, len(t.head))
	for _, row := range append(t.rows, t.head) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

func (t *table) writeRow(w io.Writer, widths []int, row []string) {
	fmt.Fprint(w, "|")
	for i, cell := range row {
		if i < t.left {
			fmt.Fprintf(w, " %-*s |", widths[i], cell)
		} else {
			fmt.Fprintf(w, " %*s |", widths[i], cell)
		}
	}
	fmt.Fprintln(w)
}
