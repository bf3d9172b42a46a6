package client

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

// allocated measures what a function takes from the heap. Other goroutines may
// add to it, so that an amount beyond most is measured again.
func allocated(most uint64, f func()) uint64 {
	least := uint64(math.MaxUint64)
	for try := 0; try < 5 && least > most; try++ {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

// bounded insists that decoding n octets takes no more than it may.
func bounded(t testing.TB, n int, decode func()) {
	t.Helper()
	most := 64*uint64(n) + 64<<10
	if got := allocated(most, decode); got > most {
		t.Errorf("decoding %d octets takes %d from the heap, the most is %d", n, got, most)
	}
}

func TestReadFrame(t *testing.T) {
	for _, test := range []struct {
		name, in string
		max      int
		want     Frame
	}{
		{"method", "01 0001 00000004 0014000b ce", 12, Frame{FrameMethod, 1, []byte{0, 20, 0, 11}}},
		{"header", "02 ffff 00000001 aa ce", 100, Frame{FrameHeader, 0xffff, []byte{0xaa}}},
		{"body", "03 0002 00000002 cece ce", 10, Frame{FrameBody, 2, []byte{0xce, 0xce}}},
		{"empty body", "03 0002 00000000 ce", 8, Frame{FrameBody, 2, nil}},
		{"heartbeat", "08 0000 00000000 ce", 8, Frame{Type: FrameHeartbeat}},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := octets(t, test.in)
			for _, r := range []io.Reader{bytes.NewReader(in), iotest.OneByteReader(bytes.NewReader(in)), iotest.DataErrReader(bytes.NewReader(in))} {
				f, err := ReadFrame(r, test.max)
				if err != nil || f.Type != test.want.Type || f.Channel != test.want.Channel || !bytes.Equal(f.Payload, test.want.Payload) {
					t.Errorf("got %v, %v; want %v", f, err, test.want)
				}
			}
			if b := mustAppend(t, test.want); !bytes.Equal(b, in) {
				t.Errorf("got %x, want %x", b, in)
			}
		})
	}
}

// TestR9_ReadFrameMalformed: lengths were believed before they were checked.
func TestR9_ReadFrameMalformed(t *testing.T) {
	for _, test := range []struct {
		name, in string
		max      int
		want     string
	}{
		{"one octet too long", "01 0000 00000004 0014000b ce", 11, "frame.size: offset 3: a frame of 12 octets; the limit is 11"},
		{"no room for a payload", "03 0000 00000000 ce", 7, "frame.size: offset 3: a frame of 8 octets; the limit is 7"},
		{"limit 0", "03 0000 00000000 ce", 0, "frame.size: offset 3: a frame of 8 octets; the limit is 0"},
		{"end octet", "01 0000 00000004 0014000b cd", 12, "frame.end: offset 11: is 0xcd; a frame ends with 0xce"},
		{"end octet of an empty frame", "03 0000 00000000 00", 12, "frame.end: offset 7: is 0x0; a frame ends with 0xce"},
		{"heartbeat with payload", "08 0000 00000001 00 ce", 100, "frame: offset 1: a heartbeat on channel 0 with 1 octets; it has neither"},
		{"heartbeat with channel", "08 0001 00000000 ce", 100, "frame: offset 1: a heartbeat on channel 1 with 0 octets; it has neither"},
		{"type 0", "00 0000 00000000 ce", 100, "frame.type: offset 0: unknown frame type 0"},
		{"out of band, of 0-8", "04 0000 00000000 ce", 100, "frame.type: offset 0: unknown frame type 4"},
		{"trace, of 0-8", "07 0000 00000000 ce", 100, "frame.type: offset 0: unknown frame type 7"},
		{"a protocol header", "414d5150 00000901", 100, "frame.type: offset 0: a protocol header, and no frame"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, err := ReadFrame(bytes.NewReader(octets(t, test.in)), test.max)
			var decode *DecodeError
			if !errors.As(err, &decode) || err.Error() != test.want || f.Payload != nil {
				t.Errorf("got  %v, %v\nwant %s", f, err, test.want)
			}
		})
	}
}

func TestReadFrameEnds(t *testing.T) {
	in := octets(t, "01 0001 00000004 0014000b ce")
	for n := range in {
		want := io.ErrUnexpectedEOF
		if n == 0 {
			want = io.EOF
		}
		if _, err := ReadFrame(bytes.NewReader(in[:n]), 100); err != want {
			t.Errorf("an end after %d octets: got %v, want %v", n, err, want)
		}
		broken := errors.New("broken")
		r := io.MultiReader(bytes.NewReader(in[:n]), iotest.ErrReader(broken))
		if _, err := ReadFrame(r, 100); err != broken {
			t.Errorf("broken after %d octets: got %v", n, err)
		}
	}
}

// ReadFrame takes one frame and not an octet more, and what it returns is the
// caller's to append to.
func TestReadFrameStopsAtTheEnd(t *testing.T) {
	one := octets(t, "03 0001 00000002 0102 ce")
	r := bytes.NewReader(append(one, "next"...))
	f, err := ReadFrame(r, 100)
	if err != nil || r.Len() != len("next") {
		t.Fatalf("%v: %d octets are left", err, r.Len())
	}
	if cap(f.Payload) != len(f.Payload) {
		t.Errorf("the payload of %d octets has a capacity of %d", len(f.Payload), cap(f.Payload))
	}
}

// A payload larger than what is believed at once comes out whole.
func TestReadFrameLarge(t *testing.T) {
	for _, size := range []int{bodyAtOnce - 1, bodyAtOnce, bodyAtOnce + 1, 5*bodyAtOnce + 3} {
		payload := make([]byte, size)
		for i := range payload {
			payload[i] = byte(i * 7)
		}
		in := mustAppend(t, Frame{FrameBody, 1, payload})
		f, err := ReadFrame(bytes.NewReader(in), size+frameOverhead)
		if err != nil || !bytes.Equal(f.Payload, payload) {
			t.Errorf("%d octets: got %d, %v", size, len(f.Payload), err)
		}
	}
}

// lie returns a body frame that announces more than comes.
func lie(announced uint32, come int) []byte {
	return append(appendFrameHeader(nil, FrameBody, 1, int(announced)), make([]byte, come)...)
}

// TestR9_FrameAllocations: a few octets made a client allocate gigabytes.
func TestR9_FrameAllocations(t *testing.T) {
	for _, in := range [][]byte{
		nil, lie(1, 0), lie(1<<16, 0), lie(1<<31, 0), lie(math.MaxUint32, 0), lie(math.MaxUint32, 1),
		lie(math.MaxUint32, 1<<16), lie(math.MaxUint32, 1<<20), lie(1<<20, 1<<20),
	} {
		bounded(t, len(in), func() { ReadFrame(bytes.NewReader(in), math.MaxInt) })
	}
}

// hostileTables are the octets of tables, without their size, made to cost
// more to decode than to send. The flat ones have n values.
func hostileTables(n int) map[string][]byte {
	many := func(b ...byte) []byte { return bytes.Repeat(b, n) }
	return map[string][]byte{
		"small entries":       many(0, 'V'),
		"array of nothing":    sizedValue('A', many('V')),
		"array of bytes":      sizedValue('A', many('b', 0x80)),
		"array of integers":   sizedValue('A', many('s', 1, 2)),
		"array of arrays":     sizedValue('A', many('A', 0, 0, 0, 0)),
		"array of tables":     sizedValue('A', many('F', 0, 0, 0, 0)),
		"array of strings":    sizedValue('A', many('S', 0, 0, 0, 0)),
		"array of octets":     sizedValue('A', many('x', 0, 0, 0, 1, 7)),
		"deep":                nested(99, "", 'A', []byte("V")),
		"deep and long":       nested(99, strings.Repeat("n", 255), 'F', nil),
		"too deep and long":   nested(200, strings.Repeat("n", 255), 'F', nil),
		"deep and bad at end": nested(99, strings.Repeat("n", 255), 'F', []byte("\x00?")),
		"a lying array":       {0, 'A', 0xff, 0xff, 0xff, 0xff, 'V'},
		"a lying string":      {0, 'S', 0x7f, 0xff, 0xff, 0xff},
	}
}

// sizedValue is one entry without a name, of a tag that begins with a size.
func sizedValue(tag byte, b []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0, tag}, uint32(len(b))), b...)
}

// nested puts tables, or arrays in a table, within each other: as many levels
// below the outermost table.
func nested(levels int, name string, tag byte, innermost []byte) []byte {
	b := innermost
	for level := range levels {
		value := sizedValue(tag, b)[1:]
		if tag == 'F' || level == levels-1 {
			value = append(append([]byte{byte(len(name))}, name...), value...)
		}
		b = value
	}
	return b
}

// walk looks at every value of a table, all the way down.
func walk(value any) {
	switch v := value.(type) {
	case Table:
		for _, inner := range v.All() {
			walk(inner)
		}
	case []any:
		for _, inner := range v {
			walk(inner)
		}
	}
}

// TestR9_TableAllocations: a small table cost a multiple of its octets to decode.
func TestR9_TableAllocations(t *testing.T) {
	for name, in := range hostileTables(20000) {
		t.Run(name, func(t *testing.T) {
			var table Table
			bounded(t, len(in), func() { table, _ = readTable(in) })
			bounded(t, len(in), func() { walk(table) })
			bounded(t, len(in), func() { table.Get("no such name") })
			bounded(t, len(in), func() { table.Len() })
		})
	}
}

// TestR9_PayloadAllocations: methods and headers cost a multiple of their octets
// to decode.
func TestR9_PayloadAllocations(t *testing.T) {
	long := strings.Repeat("x", 255)
	payloads := [][]byte{
		nil, octets(t, "000a000b"), octets(t, "000a0014 ffffffff"), octets(t, "000a0014 7fffffff 00"),
		octets(t, "003c0000 0000000000000000 0001 0001 0001 0001"),
		octets(t, "003c0000 ffffffffffffffff 2000 ffffffff"),
		mustAppend(t, OddValues{ShortstrValue: long, LongstrValue: strings.Repeat("y", 100000)}),
	}
	for _, in := range hostileTables(20000) {
		size := binary.BigEndian.AppendUint32(nil, uint32(len(in)))
		payloads = append(payloads,
			append(append(octets(t, "0032000a 0000 00 00"), size...), in...),
			append(append(octets(t, "003c0000 0000000000000000 2000"), size...), in...))
	}
	for _, in := range payloads {
		bounded(t, len(in), func() { new(ContentHeader).UnmarshalBinary(in) })
		for _, id := range []MethodID{{10, 11}, {10, 20}, {50, 10}, {200, 20}} {
			bounded(t, len(in), func() { NewMethod(id).UnmarshalBinary(in) })
		}
	}
}
