package generator

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// programs dial and publish with one of the packages, in their order. The one
// without dials TLS and does no AMQP; what it has does not count as added.
const (
	programs = "github.com/amqpgen/amqpgen/bench/generator/minimal/"
	without  = "none"
)

const sizesHead = `### What it adds to a program

A program that dials and publishes one message, less one that dials TLS and writes to it. The bar: no more than
amqp091-go adds.

| package | adds, KiB | of amqp091-go | adds without symbols (-s -w), KiB | of amqp091-go | bar |
|---|---:|---:|---:|---:|---|
`

func reportSizes(w io.Writer, dir string, _ int) error {
	var added [][2]float64 // KiB, with symbols and without
	for _, p := range packages {
		a, err := adds(dir, p.name)
		if err != nil {
			return err
		}
		added = append(added, a)
	}
	fmt.Fprint(w, sizesHead)
	for i, p := range packages {
		whole, stripped := added[i][0]/added[0][0], added[i][1]/added[0][1]
		fmt.Fprintf(w, "| %s | %.0f | %.2f | %.0f | %.2f | %s |\n", p.name,
			added[i][0], whole, added[i][1], stripped, verdict(max(whole, stripped), 1))
	}
	fmt.Fprintln(w)
	return nil
}

// adds returns what a package adds to a program, with symbols and without, in
// KiB.
func adds(dir, name string) (added [2]float64, err error) {
	for i, flags := range []string{"", "-s -w"} {
		with, err := size(dir, name, flags)
		if err != nil {
			return added, err
		}
		base, err := size(dir, without, flags)
		if err != nil {
			return added, err
		}
		added[i] = float64(with-base) / 1024
	}
	return added, nil
}

// size returns the octets of a program.
func size(dir, name, linkerFlags string) (int64, error) {
	out := filepath.Join(dir, "program")
	defer os.Remove(out)
	if _, err := goTool(nil, "build", "-trimpath", "-ldflags", linkerFlags, "-o", out, programs+name); err != nil {
		return 0, err
	}
	info, err := os.Stat(out)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
