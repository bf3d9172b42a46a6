package ledger

import (
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
)

// TestCheck weighs small ledgers, one for each thing that can be told.
func TestCheck(t *testing.T) {
	one := []Message{{1, 1}}
	for _, c := range []struct {
		name, lines string
		want        Report
	}{
		{"nothing", "", Report{}},
		{"all is well", "published 1 1 0, consumed 1 1 1, confirmed 1 1 0", Report{Published: 1, Confirmed: 1}},
		{"lost", "published 1 1 0, confirmed 1 1 0", Report{Published: 1, Confirmed: 1, Lost: one}},
		{"unknown and gone", "published 1 1 0, unknown 1 1 0", Report{Published: 1}},
		{"unknown and recovered", "published 1 1 0, unknown 1 1 0, consumed 1 1 2", Report{Published: 1, Recovered: 1}},
		{"refused", "published 1 1 0, refused 1 1 0", Report{Published: 1, Refused: 1}},
		{"refused and recovered", "published 1 1 0, refused 1 1 0, consumed 1 1 1", Report{Published: 1, Refused: 1, Recovered: 1}},
		{"duplicated", "published 1 1 0, confirmed 1 1 0, consumed 1 1 1, redelivered 1 1 2, consumed 1 1 2", Report{Published: 1, Confirmed: 1, Duplicated: 2}},
		{"never published", "consumed 1 1 1", Report{Unexpected: one}},
		{"another publisher's number", "published 2 1 0, unknown 2 1 0, consumed 1 1 1", Report{Published: 1, Unexpected: one}},
		{"said to be unsent", "published 1 1 0, consumed 1 1 1, unsent 1 1 0", Report{Published: 1, Unexpected: one}},
		{"unsent", "published 1 1 0, unsent 1 1 0", Report{Published: 1}},
		{"out of order", "published 1 1 0, confirmed 1 1 0, published 1 2 0, confirmed 1 2 0, consumed 1 2 1, consumed 1 1 1",
			Report{Published: 2, Confirmed: 2, OutOfOrder: one}},
		{"redelivered out of order", "published 1 1 0, confirmed 1 1 0, published 1 2 0, confirmed 1 2 0, consumed 1 2 1, redelivered 1 1 1",
			Report{Published: 2, Confirmed: 2}},
		{"out of order, once one came again", "published 1 1 0, unknown 1 1 0, published 1 2 0, unknown 1 2 0, published 1 3 0, unknown 1 3 0, " +
			"consumed 1 1 1, consumed 1 3 1, redelivered 1 1 1, consumed 1 2 1",
			Report{Published: 3, Recovered: 3, Duplicated: 1, OutOfOrder: []Message{{1, 2}}}},
		{"again, after a later one", "published 1 1 0, confirmed 1 1 0, published 1 2 0, confirmed 1 2 0, consumed 1 1 1, consumed 1 2 1, consumed 1 1 2",
			Report{Published: 2, Confirmed: 2, Duplicated: 1}},
		{"after another publisher's", "published 1 1 0, confirmed 1 1 0, published 2 2 0, confirmed 2 2 0, consumed 2 2 1, consumed 1 1 1",
			Report{Published: 2, Confirmed: 2}},
		{"unresolved", "published 1 1 0", Report{Published: 1, Unresolved: one}},
		{"unresolved and recovered", "published 1 1 0, consumed 1 1 1", Report{Published: 1, Recovered: 1, Unresolved: one}},
		{"ambiguous", "published 1 1 0, unknown 1 1 0, confirmed 1 1 0, consumed 1 1 1", Report{Published: 1, Confirmed: 1, Ambiguous: one}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Read(strings.NewReader(strings.ReplaceAll(c.lines, ", ", "\n")))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(*got, c.want) {
				t.Errorf("got  %+v\nwant %+v", *got, c.want)
			}
			bad := len(c.want.Lost) + len(c.want.Unexpected) + len(c.want.OutOfOrder) + len(c.want.Unresolved) + len(c.want.Ambiguous)
			if err := got.Err(); (err != nil) != (bad > 0) {
				t.Errorf("Err: %v", err)
			}
		})
	}
}

// TestBrokenLines wants the place of what is no record.
func TestBrokenLines(t *testing.T) {
	for _, line := range []string{"", "published 1", "published 1 x 0", "eaten 1 1 0"} {
		_, err := Read(strings.NewReader("published 1 1 0\n" + line + "\n"))
		if err == nil || !strings.HasPrefix(err.Error(), "ledger: line 2: ") {
			t.Errorf("%q: %v", line, err)
		}
	}
}

// TestManyWriters has several goroutines fill one ledger, and reads it back.
func TestManyWriters(t *testing.T) {
	const writers, each = 4, 500
	path := filepath.Join(t.TempDir(), "ledger")
	l, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Create(path); err == nil {
		t.Error("a ledger was begun in a file that is there")
	}
	var group sync.WaitGroup
	for p := range writers {
		group.Go(func() {
			for i := range each {
				for _, event := range []Event{Published, Confirmed, Consumed} {
					if err := l.Enter(Record{Event: event, Message: Message{p, i}}); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	group.Wait()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Enter(Record{Event: Published}); err == nil {
		t.Error("entered into a closed ledger")
	}
	r, err := Check(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Err(); err != nil || r.Confirmed != writers*each {
		t.Errorf("%v; %v", r, err)
	}
	if _, err := Check(path + " of another"); err == nil {
		t.Error("read what is not there")
	}
}
