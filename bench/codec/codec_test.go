package codec

import (
	"strings"
	"testing"
)

const output = `goos: linux
BenchmarkCodec/publish/ours         	 4417791	        54.5 ns/op	       0 B/op	       0 allocs/op
BenchmarkCodec/publish/straight     	 8536574	        50 ns/op	       0 B/op	       0 allocs/op
BenchmarkCodec/deliver/ours         	 1864262	       128.0 ns/op	       0 B/op	       1 allocs/op
BenchmarkCodec/deliver/straight     	 3696352	       128.0 ns/op	       0 B/op	       0 allocs/op
PASS
`

func TestResultsAreRead(t *testing.T) {
	results := map[string]map[string]cost{}
	for _, text := range []string{output, strings.ReplaceAll(output, "54.5", "60")} {
		if err := add(results, text); err != nil {
			t.Fatal(err)
		}
	}
	for message, want := range map[string]string{
		"publish": "| p | 50.0 | 57.2 | 1.15 (1.09–1.20) | 0 | held |",
		"deliver": "| p | 128.0 | 128.0 | 1.00 (1.00–1.00) | 1 | missed |",
	} {
		if got := row("p", results[message]); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", message, got, want)
		}
	}
}

func TestMissingResultIsNoticed(t *testing.T) {
	for what, text := range map[string]string{
		"a line is missing": strings.Replace(output, "BenchmarkCodec/publish/straight", "---", 1),
		"another benchmark": strings.Replace(output, "publish/straight", "publish/crooked", 1),
	} {
		if err := add(map[string]map[string]cost{}, text); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

func TestReport(t *testing.T) {
	var b strings.Builder
	if err := report(&b, 1, "1x"); err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		if !strings.Contains(b.String(), "| "+m.what+" |") {
			t.Errorf("nothing about %s:\n%s", m.name, &b)
		}
	}
}
