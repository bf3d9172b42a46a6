package client

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// readTable decodes a table of its octets, without the size before them.
func readTable(b []byte) (Table, error) {
	b = append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...)
	d := decoder{size: len(b), class: "test"}
	var table Table
	rest := d.table(b, "table", &table)
	return table, d.end(rest)
}

// mustRead decodes a table that is known to be good.
func mustRead(t testing.TB, b []byte) Table {
	t.Helper()
	table, err := readTable(b)
	if err != nil {
		t.Fatalf("%x: %v", b, err)
	}
	return table
}

// written are the values that are written, each with the value that is read:
// one of every tag, and the edges of each.
var written = []struct {
	name   string
	value  any
	octets string // tag and value
	back   any    // nil: the same
}{
	{"string", "abc", "53 00000003 616263", nil},
	{"empty string", "", "53 00000000", nil},
	{"string of any octets", "\xff\x00", "53 00000002 ff00", nil},
	{"int32", int32(-2), "49 fffffffe", nil},
	{"decimal", Decimal{2, 12345}, "44 02 00003039", nil},
	{"negative decimal", Decimal{255, -1}, "44 ff ffffffff", nil},
	{"timestamp", Timestamp(1 << 40), "54 0000010000000000", nil},
	{"timestamp of any size", Timestamp(math.MaxUint64), "54 ffffffffffffffff", nil},
	{"table", NewTable(Entry{"a", true}), "46 00000004 0161 7401", nil},
	{"empty table", Table{}, "46 00000000", nil},
	{"array", []any{int32(1), "x"}, "41 0000000b 49 00000001 53 00000001 78", nil},
	{"empty array", []any{}, "41 00000000", nil},
	{"true", true, "74 01", nil},
	{"false", false, "74 00", nil},
	{"int8", int8(-128), "62 80", nil},
	{"uint8", uint8(0x80), "42 80", nil},
	{"int16", int16(-2), "73 fffe", nil},
	{"uint16", uint16(0xfffe), "75 fffe", nil},
	{"uint32", uint32(0xfffffffe), "69 fffffffe", nil},
	{"int64", int64(-2), "6c fffffffffffffffe", nil},
	{"float32", float32(1.5), "66 3fc00000", nil},
	{"float64", -1.5, "64 bff8000000000000", nil},
	{"octets", []byte{1, 0xff}, "78 00000002 01ff", nil},
	{"no octets", []byte{}, "78 00000000", nil},
	{"nothing", nil, "56", nil},

	{"int", 5, "49 00000005", int32(5)},
	{"largest int of four octets", math.MaxInt32, "49 7fffffff", int32(math.MaxInt32)},
	{"least int of four octets", math.MinInt32, "49 80000000", int32(math.MinInt32)},
	{"uint", uint(5), "49 00000005", int32(5)},
	{"uint beyond", uint(math.MaxUint32), "6c 00000000ffffffff", int64(math.MaxUint32)},
	{"uint64", uint64(5), "6c 0000000000000005", int64(5)},
	{"largest uint64", uint64(math.MaxInt64), "6c 7fffffffffffffff", int64(math.MaxInt64)},
	{"time", time.Unix(1e9, 999).In(time.FixedZone("", 3600)), "54 000000003b9aca00", Timestamp(1e9)},
	{"first time", time.Unix(0, 0), "54 0000000000000000", Timestamp(0)},
	{"map", map[string]any{"b": nil, "a": true}, "46 00000007 0161 7401 0162 56", NewTable(Entry{"a", true}, Entry{"b", nil})},
	{"no map", map[string]any(nil), "46 00000000", Table{}},
	{"no array", []any(nil), "41 00000000", []any{}},
	{"arrays within", []any{[]any{nil}, Table{}}, "41 0000000b 41 00000001 56 46 00000000", []any{[]any{nil}, Table{}}},
}

// TestR10_TableValuesWritten: headers were refused, or arrived as something else,
// depending on their Go type.
func TestR10_TableValuesWritten(t *testing.T) {
	for _, test := range written {
		t.Run(test.name, func(t *testing.T) {
			table := NewTable(Entry{"k", test.value})
			if err := table.Err(); err != nil {
				t.Fatal(err)
			}
			want := append([]byte("\x01k"), octets(t, test.octets)...)
			if table.octets != string(want) {
				t.Fatalf("got %x, want %x", table.octets, want)
			}
			back := test.back
			if back == nil {
				back = test.value
			}
			holds(t, mustRead(t, want), back)
			holds(t, table, back)
		})
	}
}

// holds insists that a table has one entry named k, of that value.
func holds(t *testing.T, table Table, want any) {
	t.Helper()
	got, ok := table.Get("k")
	if !ok || table.Len() != 1 || !reflect.DeepEqual(got, want) {
		t.Errorf("got %T %v, %v; want %T %v", got, got, ok, want, want)
	}
}

// An int of eight octets is written in as many if need be. The trouble that it
// prevents: large integers in headers were cut.
func TestR10_TableWideInts(t *testing.T) {
	if math.MaxInt == math.MaxInt32 {
		t.Skip("an int has four octets here")
	}
	for _, wide := range []int64{math.MaxInt32 + 1, math.MinInt32 - 1, math.MaxInt64, math.MinInt64} {
		holds(t, NewTable(Entry{"k", int(wide)}), wide)
	}
	holds(t, NewTable(Entry{"k", uint(math.MaxInt)}), int64(math.MaxInt))
	usageError(t, NewTable(Entry{"k", uint(math.MaxInt) + 1}).Err(), ".k")
}

// What is read but never written is sent on as it came. The trouble that it
// prevents: headers that other clients write could not be read.
func TestR10_TableValuesOnlyRead(t *testing.T) {
	for _, test := range []struct {
		name, octets string
		want         any
	}{
		{"bool 2", "74 02", true},
		{"bool 255", "74 ff", true},
		{"tag U", "55 fffe", int16(-2)},
		{"tag L", "4c fffffffffffffffe", int64(-2)},
		{"tag c", "63 00000002 6162", "ab"},
		{"tag C", "43 00000002 6162", "ab"},
		{"tag k", "6b ff", uint8(0xff)},
		{"unsigned decimal", "44 00 ffffffff", Decimal{0, -1}},
		{"a quiet number", "66 7fc00001", nil},
		{"another", "64 7ff8000000000001", nil},
		{"odd ones in an array", "41 00000005 74 02 55 0001", []any{true, int16(1)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := append([]byte("\x01k"), octets(t, test.octets)...)
			table := mustRead(t, in)
			if test.want != nil {
				holds(t, table, test.want)
			}
			payload := mustAppend(t, ConnectionStart{ServerProperties: NewTable(Entry{"outer", table})})
			var m ConnectionStart
			if err := m.UnmarshalBinary(payload); err != nil {
				t.Fatal(err)
			}
			if again := mustAppend(t, m); !bytes.Equal(again, payload) || !bytes.Contains(again, in) {
				t.Errorf("%x came back as %x", in, again)
			}
		})
	}
}

func TestTableUnknownTags(t *testing.T) {
	const known = "SIDTFAtbBsUuilLfdxVcCk"
	for tag := range 256 {
		_, err := readTable([]byte{1, 'k', byte(tag)})
		refused := err != nil && strings.Contains(err.Error(), "unknown tag")
		if refused == strings.ContainsRune(known, rune(tag)) {
			t.Errorf("tag %q: got error %v", rune(tag), err)
		}
	}
}

func TestTableOrder(t *testing.T) {
	table := NewTable(Entry{"z", int32(1)}, Entry{"a", int32(2)}, Entry{"z", int32(3)}, Entry{"", int32(4)})
	var got []Entry
	for name, value := range mustRead(t, []byte(table.octets)).All() {
		got = append(got, Entry{name, value})
	}
	want := []Entry{{"z", int32(1)}, {"a", int32(2)}, {"z", int32(3)}, {"", int32(4)}}
	if !slices.Equal(got, want) || table.Len() != 4 {
		t.Errorf("got %v, want %v", got, want)
	}
	for name, want := range map[string]any{"z": int32(1), "a": int32(2), "": int32(4), "b": nil} {
		if v, ok := table.Get(name); v != want || ok != (want != nil) {
			t.Errorf("%q: got %v, %v; want %v", name, v, ok, want)
		}
	}
	for name := range table.All() { // leaving early is fine
		if name == "a" {
			break
		}
	}
}

func TestTableOf(t *testing.T) {
	values := map[string]any{}
	var entries []Entry
	for i := range 100 {
		name := fmt.Sprintf("%02d", i)
		values[name], entries = i, append(entries, Entry{name, i})
	}
	if TableOf(values) != NewTable(entries...) {
		t.Error("a map is not sorted by name")
	}
	if TableOf(nil) != (Table{}) || NewTable() != (Table{}) {
		t.Error("an empty table is not the zero one")
	}
	if v, ok := (Table{}).Get(""); v != nil || ok || (Table{}).Len() != 0 || (Table{}).Err() != nil {
		t.Error("the empty table is not empty")
	}
}

func TestTableEquality(t *testing.T) {
	a := NewTable(Entry{"a", 1}, Entry{"b", []any{"x"}})
	for _, test := range []struct {
		name  string
		other Table
		equal bool
	}{
		{"made again", NewTable(Entry{"a", 1}, Entry{"b", []any{"x"}}), true},
		{"of a map", TableOf(map[string]any{"b": []any{"x"}, "a": int32(1)}), true},
		{"read", mustRead(t, []byte(a.octets)), true},
		{"in another order", NewTable(Entry{"b", []any{"x"}}, Entry{"a", 1}), false},
		{"of another type", NewTable(Entry{"a", int64(1)}, Entry{"b", []any{"x"}}), false},
		{"empty", Table{}, false},
	} {
		if (a == test.other) != test.equal {
			t.Errorf("%s: equal is %v", test.name, a == test.other)
		}
	}
}

func TestTableString(t *testing.T) {
	for _, test := range []struct {
		table Table
		want  string
	}{
		{Table{}, "{}"},
		{NewTable(Entry{"a", 1}, Entry{"b", "x\n"}, Entry{"a", nil}), `{a=1 b="x\n" a=<nil>}`},
		{NewTable(Entry{"t", NewTable(Entry{"u", true})}, Entry{"x", []byte{0}}), `{t={u=true} x="\x00"}`},
		{NewTable(Entry{"a", []any{1, Table{}, []any{}}}, Entry{"d", Decimal{1, 5}}), `{a=[1 {} []] d={1 5}}`},
		{NewTable(Entry{"bad", struct{}{}}), "{}"},
	} {
		if got := test.table.String(); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

func TestTableRefused(t *testing.T) {
	long := strings.Repeat("n", 256)
	bad := struct{}{}
	for _, test := range []struct {
		name  string
		table Table
		field string
	}{
		{"unknown type", NewTable(Entry{"a", bad}), ".a"},
		{"typed string", NewTable(Entry{"a", ReplyCode(1)}), ".a"},
		{"pointer to a table", NewTable(Entry{"a", &Table{}}), ".a"},
		{"slice of strings", NewTable(Entry{"a", []string{"x"}}), ".a"},
		{"way to it", NewTable(Entry{"a", map[string]any{"b": []any{1, 2, bad}}}), ".a.b[2]"},
		{"way to it, of a map", TableOf(map[string]any{"a": map[string]any{"b": []any{1, 2, bad}}}), ".a.b[2]"},
		{"way to it, of tables", NewTable(Entry{"a", NewTable(Entry{"b", []any{nil, NewTable(Entry{"c", bad})}})}), ".a.b[1].c"},
		{"the first one", NewTable(Entry{"a", 1}, Entry{"b", bad}, Entry{"c", bad}), ".b"},
		{"the first one in an array", NewTable(Entry{"a", []any{[]any{bad, bad}, bad}}), ".a[0][0]"},
		{"uint64", NewTable(Entry{"a", uint64(1 << 63)}), ".a"},
		{"before 1970", NewTable(Entry{"a", time.Unix(-1, 0)}), ".a"},
		{"just before 1970", NewTable(Entry{"a", time.Unix(0, -1)}), ".a"},
		{"the zero time", NewTable(Entry{"a", time.Time{}}), ".a"},
		{"long name", NewTable(Entry{long, 1}), "." + long},
		{"long name within", NewTable(Entry{"a", map[string]any{long: 1}}), ".a." + long},
	} {
		t.Run(test.name, func(t *testing.T) {
			usageError(t, test.table.Err(), test.field)
			_, err := ConnectionStart{ServerProperties: test.table}.AppendBinary(nil)
			usageError(t, err, "connection.start.server-properties"+test.field)
			if test.table == (Table{}) {
				t.Error("it passes for an empty table")
			}
		})
	}
}

// A table that is refused can be looked at again, and within others, without
// its error growing.
func TestTableErrorIsItsOwn(t *testing.T) {
	inner := NewTable(Entry{"b", struct{}{}})
	for range 2 {
		usageError(t, NewTable(Entry{"a", inner}).Err(), ".a.b")
		usageError(t, NewTable(Entry{"a", []any{1, inner}}).Err(), ".a[1].b")
	}
	usageError(t, inner.Err(), ".b")
}

// deepTables make a table that has so many within each other, itself counted,
// in each way that there is.
var deepTables = map[string]func(depth int) Table{
	"tables": func(depth int) Table {
		table := Table{}
		for range depth - 1 {
			table = NewTable(Entry{"k", table})
		}
		return table
	},
	"maps": func(depth int) Table {
		values := map[string]any{}
		for range depth - 1 {
			values = map[string]any{"k": values}
		}
		return TableOf(values)
	},
	"arrays": func(depth int) Table {
		values := []any{}
		for range depth - 2 {
			values = []any{values}
		}
		return NewTable(Entry{"k", values})
	},
	"an empty table in arrays": func(depth int) Table {
		values := []any{Table{}}
		for range depth - 3 {
			values = []any{values}
		}
		return NewTable(Entry{"k", values})
	},
	"a flat table in maps": func(depth int) Table {
		values := map[string]any{"k": NewTable(Entry{"k", "v"})}
		for range depth - 3 {
			values = map[string]any{"k": values}
		}
		return NewTable(Entry{"k", values})
	},
	"arrays in a table in arrays": func(depth int) Table {
		values := []any{}
		for range depth/2 - 2 {
			values = []any{values}
		}
		values = []any{NewTable(Entry{"k", values})}
		for range depth - depth/2 - 2 {
			values = []any{values}
		}
		return NewTable(Entry{"k", values})
	},
}

func TestTableDepthWritten(t *testing.T) {
	for name, make := range deepTables {
		t.Run(name, func(t *testing.T) {
			deepest := make(MaxTableDepth)
			if err := deepest.Err(); err != nil {
				t.Fatal(err)
			}
			if back := mustRead(t, []byte(deepest.octets)); back != deepest {
				t.Error("it came back as another")
			}
			err := make(MaxTableDepth + 1).Err()
			if err == nil || !strings.Contains(err.Error(), "nested deeper than MaxTableDepth, 100") {
				t.Errorf("one deeper: got %v", err)
			}
		})
	}
}

func TestTableDepthRead(t *testing.T) {
	for _, tag := range []byte("FA") {
		if _, err := readTable(nested(MaxTableDepth-1, "k", tag, nil)); err != nil {
			t.Errorf("%c: %v", tag, err)
		}
		_, err := readTable(nested(MaxTableDepth, "k", tag, nil))
		if err == nil || !strings.Contains(err.Error(), "nested deeper than MaxTableDepth, 100") {
			t.Errorf("%c, one deeper: got %v", tag, err)
		}
	}
}

// The size of an array counts octets, not values.
func TestTableArraySize(t *testing.T) {
	for _, test := range []struct {
		name, octets string
		want         any // nil: refused
	}{
		{"octets", "41 0000000a 49 00000001 49 00000002", []any{int32(1), int32(2)}},
		{"values", "41 00000002 49 00000001 49 00000002", nil},
		{"one octet short", "41 00000009 49 00000001 49 00000002", nil},
		{"a tag alone", "41 00000001 49", nil},
		{"a value of the entry after it", "41 00000003 49 0000 0001", nil},
	} {
		table, err := readTable(append([]byte("\x01k"), octets(t, test.octets)...))
		if test.want == nil {
			decodeError(t, err, len(test.octets), "test.table.k")
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		holds(t, table, test.want)
	}
}

// A value does not reach beyond the table or array around it, even where there
// are octets behind that.
func TestTableValueStaysWithin(t *testing.T) {
	for _, in := range []string{
		"01 6b 46 00000003 01 6d 53 00000001 78",    // a string without room for its size
		"01 6b 46 00000007 01 6d 53 00000001 78",    // and with no room for itself
		"01 6b 46 00000001 05 6162636465",           // a name
		"01 6b 41 00000005 46 00000004 01 61 74 01", // a table in an array
		"01 6b 46 00000002 01 6d 56",                // a name without a value
	} {
		_, err := readTable(octets(t, in))
		decodeError(t, err, 100, "test.table.k")
	}
}

// A table cut anywhere but between two entries is refused; there it is shorter.
func TestTableTruncated(t *testing.T) {
	var entries []Entry
	ends := map[int]int{0: 0} // octets to entries
	for _, test := range written {
		entries = append(entries, Entry{test.name, test.value})
		ends[len(NewTable(entries...).octets)] = len(entries)
	}
	b := []byte(NewTable(entries...).octets)
	for n := range len(b) + 1 {
		table, err := readTable(b[:n:n])
		if count, ok := ends[n]; ok {
			if err != nil || table.Len() != count {
				t.Errorf("%d octets: got %d entries, %v; want %d", n, table.Len(), err, count)
			}
			continue
		}
		decodeError(t, err, 4+n, "test.table")
		if table != (Table{}) {
			t.Errorf("%d octets: an error, and a table", n)
		}
	}
}

// Nothing that goes into a table, or comes out of it, changes it.
func TestTableImmutable(t *testing.T) {
	slice, list, values := []byte("abc"), []any{1, "x"}, map[string]any{"m": 1}
	table := NewTable(Entry{"x", slice}, Entry{"a", list}, Entry{"f", values})
	before := strings.Clone(table.octets)
	slice[0], list[0], values["m"] = 'z', "changed", "changed"
	for _, value := range table.All() {
		switch v := value.(type) {
		case []byte:
			v[0] = 'z'
		case []any:
			v[0] = "changed"
		}
	}
	if table.octets != before {
		t.Errorf("%x has become %x", before, table.octets)
	}
	if v, _ := table.Get("x"); !bytes.Equal(v.([]byte), []byte("abc")) {
		t.Errorf("got %q", v)
	}
}

func TestTimestamps(t *testing.T) {
	moment := time.Date(2024, 2, 29, 12, 0, 0, 5, time.FixedZone("", -3600))
	if got := TimestampOf(moment).Time(); !got.Equal(moment.Truncate(time.Second)) || got.Location() != time.UTC {
		t.Errorf("got %v, want %v", got, moment)
	}
	if got := TimestampOf(time.Time{}); got != 0 {
		t.Errorf("the zero time gives %d", got)
	}
}

// Checking a table that comes in takes nothing from the heap.
func TestTableCheckAllocations(t *testing.T) {
	b := []byte(newFiller(1).table(3).octets)
	for _, test := range written {
		b = append(b, NewTable(Entry{test.name, test.value}).octets...)
	}
	if n := testing.AllocsPerRun(100, func() { checkTable(b) }); n != 0 {
		t.Errorf("it allocates %v times", n)
	}
}
