package client

import (
	"encoding/binary"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Table is an immutable list of named values: the arguments of a declaration,
// the headers of a message. It holds the octets of the wire, so that a table
// that was received is sent on unchanged, and decodes a value when asked for
// it. The zero Table is empty. Tables can be compared with ==, octet for octet.
//
// A table takes and gives these Go types, each with its tag on the wire:
//
//	bool t      int8 b    uint8 B    int16 s   uint16 u   int32 I   uint32 i
//	int64 l     float32 f float64 d  string S  []byte x   Decimal D
//	Timestamp T Table F   []any A    nil V
//
// It takes as well: int and uint (I if it fits, else l), uint64 up to 2^63-1
// (l), time.Time (T), and map[string]any (F, sorted by name). It gives as well,
// for tags that it never writes: int16 for U, int64 for L, string for c and C,
// uint8 for k.
type Table struct {
	octets string      // entries, without the size before them
	err    *UsageError // why it cannot be encoded
}

// Entry is one named value of a [Table].
type Entry struct {
	Name  string // at most 255 octets
	Value any
}

// Decimal is Value divided by ten to the power of Scale.
type Decimal struct {
	Scale uint8
	Value int32
}

// MaxTableDepth is how deep tables and arrays may stand within each other,
// the outermost table included.
const MaxTableDepth = 100

// NewTable makes a table that keeps the order of its entries; a name may come
// twice. A value that no table can hold surfaces as a *UsageError when the
// table is sent, and at once from [Table.Err].
func NewTable(entries ...Entry) Table {
	w := tableWriter{}
	for _, e := range entries {
		w.entry(e.Name, e.Value, 1)
	}
	return w.table()
}

// TableOf makes a table of a map, sorted by name, so that equal maps give
// equal octets.
func TableOf(values map[string]any) Table {
	w := tableWriter{}
	w.sorted(values, 1)
	return w.table()
}

func (t Table) empty() bool { return t.octets == "" && t.err == nil }

// Err says why the table cannot be sent, as a *UsageError; nil if it can.
func (t Table) Err() error {
	if t.err == nil {
		return nil
	}
	return t.err
}

// AppendBinary appends the table as it stands on the wire: its size, then its
// entries.
func (t Table) AppendBinary(b []byte) ([]byte, error) {
	if t.err != nil {
		return b, t.err
	}
	e, size := encoder{}, len(b)
	b = e.longstr(b, "table", t.octets)
	return e.result(b, size)
}

// UnmarshalBinary decodes the same octets, whole. It keeps nothing of b.
func (t *Table) UnmarshalBinary(b []byte) error {
	d := decoder{size: len(b), class: "table"}
	b = d.table(b, "", t)
	return d.end(b)
}

// Get returns the first value of that name.
func (t Table) Get(name string) (any, bool) {
	for r := (tableReader{in: t.octets}); len(r.in) > 0; r.skip() {
		if r.name() == name {
			return r.value(), true
		}
	}
	return nil, false
}

// Len counts the entries.
func (t Table) Len() int {
	n := 0
	for r := (tableReader{in: t.octets}); len(r.in) > 0; n++ {
		r.name()
		r.skip()
	}
	return n
}

// All yields the entries in their order.
func (t Table) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		r := tableReader{in: t.octets}
		for len(r.in) > 0 {
			if !yield(r.name(), r.value()) {
				return
			}
		}
	}
}

// String lists the entries as name=value.
func (t Table) String() string {
	var b strings.Builder
	b.WriteByte('{')
	for name, value := range t.All() {
		if b.Len() > 1 {
			b.WriteByte(' ')
		}
		switch v := value.(type) {
		case string, []byte:
			fmt.Fprintf(&b, "%s=%q", name, v)
		default:
			fmt.Fprintf(&b, "%s=%v", name, v)
		}
	}
	b.WriteByte('}')
	return b.String()
}

// tableWriter encodes entries. The first error sticks.
type tableWriter struct {
	buf []byte
	err *UsageError
}

func (w *tableWriter) table() Table {
	if w.err != nil {
		return Table{err: w.err}
	}
	return Table{octets: string(w.buf)}
}

func (w *tableWriter) fail(path, format string, args ...any) {
	if w.err == nil {
		w.err = &UsageError{Field: path, Reason: fmt.Sprintf(format, args...)}
	}
}

// under puts a name before the path of an error that came up within it.
func (w *tableWriter) under(name string, write func()) {
	failed := w.err != nil
	write()
	if !failed && w.err != nil {
		w.err.Field = name + w.err.Field
	}
}

func (w *tableWriter) entry(name string, value any, depth int) {
	w.under("."+name, func() {
		if len(name) > math.MaxUint8 {
			w.fail("", "the name has %d octets; it holds at most 255", len(name))
			return
		}
		w.buf = append(w.buf, byte(len(name)))
		w.buf = append(w.buf, name...)
		w.value(value, depth)
	})
}

// sortedNames sorts as crypto/tls does, so that no second way to is linked.
func sortedNames(names iter.Seq[string]) []string {
	return slices.SortedFunc(names, strings.Compare)
}

func (w *tableWriter) sorted(values map[string]any, depth int) {
	for _, name := range sortedNames(maps.Keys(values)) {
		w.entry(name, values[name], depth)
	}
}

func (w *tableWriter) tag(tag byte) { w.buf = append(w.buf, tag) }

func (w *tableWriter) uint16(tag byte, v uint16) {
	w.buf = binary.BigEndian.AppendUint16(append(w.buf, tag), v)
}

func (w *tableWriter) uint32(tag byte, v uint32) {
	w.buf = binary.BigEndian.AppendUint32(append(w.buf, tag), v)
}

func (w *tableWriter) uint64(tag byte, v uint64) {
	w.buf = binary.BigEndian.AppendUint64(append(w.buf, tag), v)
}

// value writes a tag and its value. depth is that of the table or array
// around it.
func (w *tableWriter) value(value any, depth int) {
	switch v := value.(type) {
	case nil:
		w.tag('V')
	case bool:
		w.buf = append(w.buf, 't', 0)
		if v {
			w.buf[len(w.buf)-1] = 1
		}
	case int8:
		w.buf = append(w.buf, 'b', byte(v))
	case uint8:
		w.buf = append(w.buf, 'B', v)
	case int16:
		w.uint16('s', uint16(v))
	case uint16:
		w.uint16('u', v)
	case int32:
		w.uint32('I', uint32(v))
	case uint32:
		w.uint32('i', v)
	case int64:
		w.uint64('l', uint64(v))
	case int:
		w.int(int64(v))
	case uint:
		w.uint(uint64(v))
	case uint64:
		if v <= math.MaxInt64 {
			w.uint64('l', v)
		} else {
			w.uint(v)
		}
	case float32:
		w.uint32('f', math.Float32bits(v))
	case float64:
		w.uint64('d', math.Float64bits(v))
	case Decimal:
		w.buf = append(w.buf, 'D', v.Scale)
		w.buf = binary.BigEndian.AppendUint32(w.buf, uint32(v.Value))
	case Timestamp:
		w.uint64('T', uint64(v))
	case time.Time:
		w.time(v)
	default:
		w.sizedValue(value, depth)
	}
}

func (w *tableWriter) int(v int64) {
	if v >= math.MinInt32 && v <= math.MaxInt32 {
		w.uint32('I', uint32(int32(v)))
		return
	}
	w.uint64('l', uint64(v))
}

func (w *tableWriter) uint(v uint64) {
	if v > math.MaxInt64 {
		w.fail("", "is %d; the largest integer of a table is 2^63-1", v)
		return
	}
	w.int(int64(v))
}

func (w *tableWriter) time(t time.Time) {
	if t.Unix() < 0 {
		w.fail("", "is %s; a timestamp begins at 1970", t.Format(time.RFC3339))
		return
	}
	w.uint64('T', uint64(t.Unix()))
}

// sizedValue writes the values that begin with a size.
func (w *tableWriter) sizedValue(value any, depth int) {
	switch v := value.(type) {
	case string:
		w.sized('S', func() { w.buf = append(w.buf, v...) })
	case []byte:
		w.sized('x', func() { w.buf = append(w.buf, v...) })
	case Table:
		if w.deeper(depth) {
			w.embedded(v, depth+1)
		}
	case map[string]any:
		if w.deeper(depth) {
			w.sized('F', func() { w.sorted(v, depth+1) })
		}
	case []any:
		if w.deeper(depth) {
			w.sized('A', func() { w.array(v, depth+1) })
		}
	default:
		w.fail("", "has a value of the type %T, which no table holds", value)
	}
}

func (w *tableWriter) deeper(depth int) bool {
	if depth >= MaxTableDepth {
		w.fail("", "is nested deeper than MaxTableDepth, %d", MaxTableDepth)
		return false
	}
	return true
}

func (w *tableWriter) array(values []any, depth int) {
	for i, v := range values {
		w.under(fmt.Sprintf("[%d]", i), func() { w.value(v, depth) })
	}
}

// embedded writes a table that exists, once its depth is known to fit.
func (w *tableWriter) embedded(t Table, depth int) {
	if t.err != nil {
		w.fail(t.err.Field, "%s", t.err.Reason)
		return
	}
	c := tableChecker{in: []byte(t.octets)}
	if c.table(depth); c.err != nil {
		w.fail(c.err.Path, "%s", c.err.Reason)
		return
	}
	w.sized('F', func() { w.buf = append(w.buf, t.octets...) })
}

func (w *tableWriter) sized(tag byte, write func()) {
	w.uint32(tag, 0)
	start := len(w.buf)
	write()
	size := len(w.buf) - start
	if uint64(size) > math.MaxUint32 {
		w.fail("", "has %d octets; the most is 2^32-1", size)
		return
	}
	binary.BigEndian.PutUint32(w.buf[start-4:], uint32(size))
}
