package client

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
)

// Fuzz with -fuzzminimizetime 100x: making inputs small that are interesting
// for their size takes most of the time otherwise.

const fuzzedFrame = 1 << 20 // the largest frame that is read

func FuzzFrame(f *testing.F) {
	for _, record := range captured(f) {
		f.Add(record)
	}
	for _, seed := range []string{
		"08 0000 00000000 ce", "08 0001 00000001 00 ce", "03 0001 ffffffff", "03 0001 000ffff8 00", "01 0000 00000000 cd",
	} {
		f.Add(octets(f, seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		bounded(t, len(in), func() { ReadFrame(bytes.NewReader(in), fuzzedFrame) })
		frame, err := ReadFrame(bytes.NewReader(in), fuzzedFrame)
		if err != nil {
			fuzzedFrameError(t, in, err)
			return
		}
		b := mustAppend(t, frame)
		if !bytes.HasPrefix(in, b) {
			t.Fatalf("%x is encoded again as %x", in, b)
		}
		again, err := ReadFrame(bytes.NewReader(b), len(b))
		if err != nil || again.Type != frame.Type || again.Channel != frame.Channel || !bytes.Equal(again.Payload, frame.Payload) {
			t.Fatalf("%v is decoded again as %v, %v", frame, again, err)
		}
	})
}

func fuzzedFrameError(t *testing.T, in []byte, err error) {
	t.Helper()
	switch {
	case len(in) == 0 && err == io.EOF, len(in) > 0 && err == io.ErrUnexpectedEOF:
	default:
		decodeError(t, err, len(in), "frame")
	}
}

// hostilePayloads are seeds for methods and headers alike.
var hostilePayloads = []string{
	"", "003c", "003c0000", "ffffffff", "000a0014 ffffffff", "0032000a 0000 ff",
	"001e000a 00 ff", "00c8000a ff ff ff ff", "0078001e 00000004 0161 74 02 00 00",
	"003c0000 0000000000000000 8002 0178", "003c0000 0000000000000000 8001 0000 0178",
	"003c0000 0000000000000000 0001 0001 0001 0001", "003c0000 0000000000000000 2000 00000008 0161 66 7fc00001 ff",
	"00c80000 ffffffffffffffff 2011 8405 8000 00 00000000 00000002 0056",
}

func addPayloads(f *testing.F, kind byte) {
	for _, frame := range capturedFrames(f) {
		if frame.Type == kind {
			f.Add(frame.Payload)
		}
	}
	for _, seed := range hostilePayloads {
		f.Add(octets(f, seed))
	}
}

func FuzzMethod(f *testing.F) {
	addPayloads(f, FrameMethod)
	for i, m := range everyMethod() {
		newFiller(uint64(i)).fill(m)
		f.Add(mustAppend(f, m))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		id := methodIDOf(in)
		m := NewMethod(id)
		if m == nil {
			return
		}
		bounded(t, len(in), func() { NewMethod(id).UnmarshalBinary(in) })
		if err := m.UnmarshalBinary(in); err != nil {
			decodeError(t, err, len(in), id.String())
			return
		}
		b := mustAppend(t, m)
		if !onlyBitsCleared(in, b) {
			t.Fatalf("%v came as %x and is encoded as %x", m, in, b)
		}
		again := NewMethod(id)
		if err := again.UnmarshalBinary(b); err != nil || again.String() != m.String() {
			t.Fatalf("%v is decoded again as %v, %v", m, again, err)
		}
		if third := mustAppend(t, again); !bytes.Equal(third, b) {
			t.Fatalf("%x is encoded again as %x", b, third)
		}
	})
}

// onlyBitsCleared reports whether b is a but for bits that are not set any
// more, as those that no field claims.
func onlyBitsCleared(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if b[i]&^a[i] != 0 {
			return false
		}
	}
	return true
}

func FuzzHeader(f *testing.F) {
	addPayloads(f, FrameHeader)
	for _, v := range headerVectors {
		f.Add(octets(f, v.payload))
	}
	for _, class := range contentClasses {
		f.Add(mustAppend(f, randomHeader(newFiller(1), class)))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		bounded(t, len(in), func() { new(ContentHeader).UnmarshalBinary(in) })
		var h, again ContentHeader
		if err := h.UnmarshalBinary(in); err != nil {
			decodeError(t, err, len(in), "header")
			return
		}
		b := mustAppend(t, h)
		if oneWord := in[13]&flagMore == 0; oneWord && !bytes.Equal(b, in) || len(b) > len(in) {
			t.Fatalf("%+v came as %x and is encoded as %x", h.Properties, in, b)
		}
		err := again.UnmarshalBinary(b)
		if got, want := describeHeader(again), describeHeader(h); err != nil || got != want {
			t.Fatalf("%s is decoded again as %s, %v", want, got, err)
		}
		if third := mustAppend(t, again); !bytes.Equal(third, b) {
			t.Fatalf("%x is encoded again as %x", b, third)
		}
	})
}

func describeHeader(h ContentHeader) string {
	return fmt.Sprintf("class %d, size %d, %+v", h.ClassID, h.BodySize, h.Properties)
}

func FuzzTable(f *testing.F) {
	for _, test := range written {
		f.Add(append([]byte("\x01k"), octets(f, test.octets)...))
	}
	for _, in := range hostileTables(50) {
		f.Add(in)
	}
	for i := range uint64(10) {
		f.Add([]byte(newFiller(i).table(5).octets))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		bounded(t, len(in), func() { readTable(in) })
		table, err := readTable(in)
		if err != nil {
			decodeError(t, err, 4+len(in), "test.table")
			return
		}
		bounded(t, len(in), func() { walk(table) })
		e := encoder{}
		if b := e.table(nil, "table", table); e.err != nil || !bytes.Equal(b[4:], in) {
			t.Fatalf("%x is encoded again as %x, %v", in, b, e.err)
		}
		fuzzedRemake(t, table)
	})
}

// fuzzedRemake takes a table to pieces, makes one of them, and expects the
// same values, if of other tags.
func fuzzedRemake(t *testing.T, table Table) {
	t.Helper()
	var entries []Entry
	for name, value := range table.All() {
		entries = append(entries, Entry{name, value})
	}
	again := NewTable(entries...)
	var usage *UsageError
	if errors.As(again.Err(), &usage) {
		t.Fatalf("what came as %x cannot be sent: %v", table.octets, usage)
	}
	if again.String() != table.String() || again.Len() != len(entries) || table.Len() != len(entries) {
		t.Fatalf("%v is made again as %v", table, again)
	}
	if len(entries) == 0 {
		return
	}
	if last := entries[len(entries)-1].Name; !has(table, last) {
		t.Fatalf("%v does not find its own %q", table, last)
	}
}

func has(table Table, name string) bool {
	_, ok := table.Get(name)
	return ok
}
