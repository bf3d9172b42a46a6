package parser

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// allocated returns the octets that do allocates.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestCaps holds that what exceeds a cap is refused in one finding that names
// the cap, before much is spent on it.
func TestCaps(t *testing.T) {
	const open = `<amqp major="8" minor="0">`
	for _, c := range []struct {
		name, data, finding string
		spend               uint64 // octets allocated, at most
	}{
		{
			name:    "size",
			data:    strings.Repeat(" ", MaxSize+1),
			finding: "x.xml:1:1: the file has 16777217 octets; MaxSize is 16777216",
			spend:   64 << 10,
		}, {
			name:    "depth",
			data:    open + strings.Repeat("<class>", 1_000_000),
			finding: "x.xml:1:132: elements are nested deeper than MaxDepth, 16",
			spend:   256 << 10,
		}, {
			name:    "depth, closed",
			data:    strings.Repeat("<a>", 17) + strings.Repeat("</a>", 17),
			finding: "x.xml:1:49: elements are nested deeper than MaxDepth, 16",
			spend:   256 << 10,
		}, {
			name:    "elements",
			data:    open + strings.Repeat("\n<a/>", MaxElements) + "</amqp>",
			finding: "x.xml:200001:1: the file has more elements than MaxElements, 200000",
			spend:   256 << 20,
		}, {
			name:    "attributes",
			data:    open + "\n<class" + attributes(MaxAttributes+1) + "/></amqp>",
			finding: "x.xml:2:1: <class> has 17 attributes; MaxAttributes is 16",
			spend:   256 << 10,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var err error
			spent := allocated(func() { _, err = Parse(Source{Name: "x.xml", Data: []byte(c.data)}, nil) })
			if err == nil || err.Error() != c.finding {
				t.Errorf("got %v, want %s", err, c.finding)
			}
			if spent > c.spend+uint64(len(c.data)) {
				t.Errorf("%d octets allocated, at most %d are due", spent, c.spend)
			}
		})
	}
}

func attributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ` a%d="1"`, i)
	}
	return b.String()
}

// TestFindingsAreBounded holds that the reader gives up on what is not worth
// more of it.
func TestFindingsAreBounded(t *testing.T) {
	_, err := Parse(Source{Name: "x.xml", Data: []byte(strings.Repeat("<?go?>", 10_000))}, nil)
	got := findings(err)
	const last = "x.xml:1:1201: more than 200 findings; the rest of the file is not read\n"
	if n := strings.Count(got, "\n"); n != maxFindings+2 || !strings.Contains(got, last) {
		t.Errorf("%d findings:\n%s", n, got)
	}
}

// TestLargeSpecs parses what is within the caps and would take for ever if a
// step were slower than linear.
func TestLargeSpecs(t *testing.T) {
	const method = `<method name="m%d" index="%d"><chassis name="server" implement="MUST"/></method>`
	const most = 30 * time.Second // of minutes and hours, and of a fraction of a second if nothing else runs
	for name, data := range map[string]string{
		"a chain of domains": many(30_000, func(i int) string { return fmt.Sprintf(`<domain name="d%d" type="d%d"/>`, i, i+1) }) +
			`<domain name="d30000" type="bit"/><class name="c" index="1"/>`,
		"methods of a class": `<class name="c" index="1">` +
			many(40_000, func(i int) string { return fmt.Sprintf(method, i, i) }) + `</class>`,
		"text in pieces": `<class name="c" index="1">` + many(500_000, func(int) string { return "text<!---->" }) + `</class>`,
	} {
		start := time.Now()
		mustParse(t, name, []byte(`<amqp major="8" minor="0">`+data+`</amqp>`))
		if took := time.Since(start); took > most {
			t.Errorf("%s: %s", name, took)
		}
		t.Logf("%s: %s", name, time.Since(start))
	}
}

func many(n int, piece func(int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(piece(i))
	}
	return b.String()
}
