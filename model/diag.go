package model

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in a specification file. Line and Col count from 1; Col
// counts octets, as compilers do. The zero Pos belongs to no file.
type Pos struct {
	File      string
	Line, Col int
}

// String gives file:line:col, the form that editors jump to.
func (p Pos) String() string {
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Diag is one finding about a specification.
type Diag struct {
	Pos  Pos
	Text string
}

// Error gives the finding as file:line:col: text.
func (d Diag) Error() string { return d.Pos.String() + ": " + d.Text }

// Diags collects findings. As an error it prints one finding a line.
type Diags []Diag

// Addf adds a finding at pos.
func (ds *Diags) Addf(pos Pos, format string, args ...any) {
	*ds = append(*ds, Diag{pos, fmt.Sprintf(format, args...)})
}

// Error lists all findings, one a line.
func (ds Diags) Error() string {
	lines := make([]string, len(ds))
	for i, d := range ds {
		lines[i] = d.Error()
	}
	return strings.Join(lines, "\n")
}

// Err sorts the findings by position and returns them as an error, or nil if
// there are none.
func (ds Diags) Err() error {
	if len(ds) == 0 {
		return nil
	}
	slices.SortStableFunc(ds, func(a, b Diag) int {
		return cmp.Or(
			cmp.Compare(a.Pos.File, b.Pos.File),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Col, b.Pos.Col),
			cmp.Compare(a.Text, b.Text),
		)
	})
	return slices.Compact(ds)
}
