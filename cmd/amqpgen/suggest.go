package main

import (
	"cmp"
	"slices"
	"strings"
)

// suggest helps out with a name that there is not.
func (r *reference) suggest(name string) string {
	return hint(name, r.names(), "amqpgen list has the methods")
}

// hint says which names are near one that is not among them, or something else
// if none is.
func hint(name string, names []string, otherwise string) string {
	if near := nearest(name, names); len(near) > 0 {
		return "near it: " + strings.Join(near, ", ")
	}
	return otherwise
}

// names lists all that can be explained.
func (r *reference) names() []string {
	var out []string
	for _, cl := range r.Classes {
		out = append(out, cl.Name)
		for _, m := range cl.Methods {
			out = append(out, m.FullName())
		}
	}
	for _, c := range r.spec.Constants {
		out = append(out, c.Name)
	}
	for _, d := range r.Domains {
		out = append(out, d.Name)
	}
	return out
}

// nearest picks at most five names: those that end in the name behind a dot,
// the method of a field, and those that few slips of the pen lead to, the
// nearest first.
func nearest(name string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var found []candidate
	for _, n := range names {
		d := slips(name, n)
		if strings.HasSuffix(n, "."+name) || strings.Contains(n, ".") && strings.HasPrefix(name, n+".") {
			d = 0
		}
		if d <= max(1, len(name)/4) {
			found = append(found, candidate{n, d})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	var out []string
	for _, c := range found[:min(5, len(found))] {
		out = append(out, c.name)
	}
	return out
}

// slips counts the letters to insert, remove or replace between two names
// (Levenshtein's distance).
func slips(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
