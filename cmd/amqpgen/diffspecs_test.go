package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/model/diff"
	"github.com/amqpgen/amqpgen/specs"
)

// compared runs diff -json.
func compared(t *testing.T, a, b string) *comparison {
	t.Helper()
	r := amqpgen("diff", "-json", a, b)
	if r.exit != exitOK || r.stderr != "" {
		t.Fatalf("%+v", r)
	}
	// Step writes itself as a word, which only people and scripts read.
	type change struct{ Kind, What, Path, From, To, Wire, Go, Step string }
	var out struct {
		From, To, Step string
		Changes        []change
	}
	dec := json.NewDecoder(strings.NewReader(r.stdout))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&out); err != nil {
		t.Fatal(err)
	}
	cmp := &comparison{From: out.From, To: out.To, Step: out.Step}
	for _, ch := range out.Changes {
		cmp.Changes = append(cmp.Changes, diff.Change{
			Kind: diff.Kind(ch.Kind), What: diff.What(ch.What), Path: ch.Path, From: ch.From, To: ch.To, Wire: ch.Wire, Go: ch.Go,
		})
		if !slices.Contains([]string{"patch", "minor", "major"}, ch.Step) {
			t.Errorf("%s: step %q", ch.Path, ch.Step)
		}
	}
	return cmp
}

// TestDiffOfAllPairs holds of any two bundled specifications that the JSON is
// well-formed and each change complete, that a specification does not differ
// from itself, and that others do.
func TestDiffOfAllPairs(t *testing.T) {
	for _, a := range specs.Bundled {
		for _, b := range specs.Bundled {
			cmp := compared(t, a.Name, b.Name)
			if same := a.Name == b.Name; same != (len(cmp.Changes) == 0) || same != (cmp.Step == "none") {
				t.Errorf("%s to %s: %d changes, step %s", a.Name, b.Name, len(cmp.Changes), cmp.Step)
			}
			for _, ch := range cmp.Changes {
				checkChange(t, ch)
			}
		}
	}
}

func checkChange(t *testing.T, ch diff.Change) {
	t.Helper()
	verdict, reason, _ := strings.Cut(ch.Wire, ": ")
	if !slices.Contains([]string{"incompatible", "compatible", "none"}, verdict) || reason == "" || ch.Go == "" {
		t.Errorf("%+v", ch)
	}
	if ch.From == "" && ch.Kind != diff.Added && ch.Kind != diff.Reordered || ch.To == "" && ch.Kind != diff.Removed && ch.Kind != diff.Reordered {
		t.Errorf("one side is missing: %+v", ch)
	}
}

// TestDiffThereAndBack holds that what comes one way goes the other way.
func TestDiffThereAndBack(t *testing.T) {
	opposite := map[diff.Kind]diff.Kind{diff.Added: diff.Removed, diff.Removed: diff.Added}
	for _, a := range specs.Bundled {
		for _, b := range specs.Bundled {
			there, back := kinds(compared(t, a.Name, b.Name), nil), kinds(compared(t, b.Name, a.Name), opposite)
			if !slices.Equal(there, back) {
				t.Errorf("%s to %s: %v\nback: %v", a.Name, b.Name, there, back)
			}
		}
	}
}

// kinds lists what comes and goes.
func kinds(cmp *comparison, turned map[diff.Kind]diff.Kind) []string {
	var out []string
	for _, ch := range cmp.Changes {
		if ch.Kind != diff.Added && ch.Kind != diff.Removed {
			continue
		}
		if turned != nil {
			ch.Kind = turned[ch.Kind]
		}
		if ch.What == diff.Class || ch.What == diff.Method || ch.What == diff.Constant || ch.What == diff.Domain {
			out = append(out, string(ch.Kind)+" "+string(ch.What)+" "+ch.Path)
		}
	}
	slices.Sort(out)
	return out
}

// TestDiffKnowsTheVersions holds the comparison to what is known of the
// published versions, apart from the transcripts.
func TestDiffKnowsTheVersions(t *testing.T) {
	for _, c := range []struct{ a, b, line, wire string }{
		{"0-8", "0-9", "renumbered method connection.redirect: 10.50 → 10.42", "incompatible"},
		{"0-8", "0-9", "renumbered method connection.close: 10.60 → 10.50", "incompatible: number 10.60 meant connection.close and now means nothing; number 10.50 meant connection.redirect and now means connection.close"},
		{"0-8", "0-9", "renumbered method connection.close-ok: 10.61 → 10.51", "incompatible"},
		{"0-8", "0-9", "added field channel.open-ok.channel-id (longstr)", "incompatible"},
		{"0-8", "0-9", "removed method channel.alert (20.30)", "incompatible"},
		{"0-8", "0-9", "added method channel.resume (20.50)", "compatible"},
		{"0-8", "0-9", "added method channel.ok (20.80)", "compatible"},
		{"0-8", "0-9", "changed domain access.request.realm: path → shortstr", "none"},
		{"0-8", "0-9", "added field basic.consume.filter (table)", "incompatible"},
		{"0-8", "0-9", "added field file.consume.filter (table)", "incompatible"},
		{"0-8", "0-9", "added field stream.consume.filter (table)", "incompatible"},
		{"0-8", "0-9", "added class message (120, 15 methods)", "incompatible: class 120 meant test and now means message"},
		{"0-8", "0-9", "added constant no-route (312, soft-error)", "compatible"},
		{"0-8", "0-9-1", "removed method connection.redirect (10.50)", "incompatible: number 10.50 meant connection.redirect and now means connection.close"},
		{"0-8", "0-9-1", "renumbered method connection.close: 10.60 → 10.50", "incompatible"},
		{"0-8", "0-9-1", "added field channel.open-ok.reserved-1 (longstr)", "incompatible"},
		{"0-8", "0-9-1", "removed class access (30, 2 methods)", "incompatible"},
		{"0-8", "0-9-1", "added method queue.unbind (50.50)", "compatible"},
		{"0-8", "0-9-1", "added field basic.consume.arguments (table)", "incompatible"},
		{"0-8", "0-9-1", "renamed method basic.recover: recover → recover-async", "none"},
		{"0-8", "0-9-1", "renumbered method basic.recover: 60.100 → 60.110", "compatible"},
		{"0-8", "0-9-1", "added method basic.recover-ok (60.111)", "compatible"},
		{"0-8", "0-9-1", "removed class test (120, 8 methods)", "incompatible"},
		{"0-8", "0-9-1", "removed constant not-delivered (310, soft-error)", "compatible"},
		{"0-8", "0-9-1", "added constant unexpected-frame (505, hard-error)", "compatible"},
		{"0-8", "qpid-0-8", "added field basic.consume.arguments (table)", "incompatible"},
		{"0-8", "qpid-0-8", "changed reply basic.recover: none → recover-ok", "incompatible"},
		{"0-8", "qpid-0-8", "added method basic.recover-ok (60.101)", "compatible"},
		{"0-8", "qpid-0-8", "added method exchange.bound (40.22)", "compatible"},
		{"0-8", "rabbitmq-0-8", "added method queue.unbind (50.50)", "compatible"},
		{"0-8", "rabbitmq-0-8", "renamed method basic.recover: recover → recover-async", "none"},
		{"0-9", "qpid-0-9", "added method basic.recover-sync (60.102)", "compatible"},
		{"0-9", "qpid-0-9", "added method basic.recover-sync-ok (60.101)", "compatible"},
		{"0-9", "qpid-0-9", "renamed field basic.consume.filter: filter → arguments", "none"},
		{"0-9", "0-9-1", "removed method connection.redirect (10.42)", "incompatible"},
		{"0-9", "0-9-1", "removed class message (120, 15 methods)", "incompatible"},
		{"0-9", "0-9-1", "removed constant frame-trace (7)", "incompatible"},
		{"0-9", "0-9-1", "renamed field exchange.declare.auto-delete: auto-delete → reserved-2", "none"},
		{"qpid-0-8", "0-9-1", "renumbered method basic.recover: 60.100 → 60.110", "incompatible: number 60.100 meant basic.recover and now means basic.recover-async"},
	} {
		found := false
		for _, ch := range compared(t, c.a, c.b).Changes {
			found = found || headline(ch) == c.line && strings.HasPrefix(ch.Wire, c.wire)
		}
		if !found {
			t.Errorf("%s to %s: no line %q with wire %q", c.a, c.b, c.line, c.wire)
		}
	}
}

// TestDiffIsNoMore holds that where two versions are said to be alike but for
// a few things, nothing else is called incompatible.
func TestDiffIsNoMore(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want []string
	}{
		{"0-8", "rabbitmq-0-8", nil},
		{"0-8", "qpid-0-8", []string{"basic.consume.arguments", "basic.recover"}},
		{"0-9", "qpid-0-9", nil},
		{"0-8", "0-9", []string{
			"protocol header", "connection.redirect", "connection.close", "connection.close-ok", "channel.open-ok.channel-id",
			"channel.alert", "basic.consume.filter", "file.consume.filter", "stream.consume.filter", "test", "message",
		}},
		{"0-8", "0-9-1", []string{
			"protocol header", "frame-oob-method", "frame-oob-header", "frame-oob-body", "frame-trace",
			"connection.redirect", "connection.close", "connection.close-ok", "channel.open-ok.reserved-1", "channel.alert",
			"access", "basic.consume.arguments", "file", "stream", "dtx", "tunnel", "test",
		}},
	} {
		var got []string
		for _, ch := range compared(t, c.a, c.b).Changes {
			if strings.HasPrefix(ch.Wire, "incompatible") {
				got = append(got, ch.Path)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s to %s: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
