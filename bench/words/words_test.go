package words

import (
	"reflect"
	"testing"
)

type sample struct {
	name  string
	count int
	time  int64
	size  uint64
	flag  bool
}

func (s *sample) fields() []Field {
	return []Field{{"name", &s.name}, {"count", &s.count}, {"time_ns", &s.time}, {"size", &s.size}, {"flag", &s.flag}}
}

func TestThereAndBack(t *testing.T) {
	for _, s := range []sample{{}, {"a=b c", 1, -2, 3, true}, {name: "x"}, {flag: true}} {
		var got sample
		if err := Parse(got.fields(), Format(s.fields())); err != nil || got != s {
			t.Errorf("%+v became %+v: %v", s, got, err)
		}
	}
}

func TestFormat(t *testing.T) {
	s := sample{"n", 1, 2, 0, true}
	if got, want := Format(s.fields()), []string{"name=n", "count=1", "time_ns=2", "flag=true"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBadWords(t *testing.T) {
	for _, word := range []string{"", "count", "count=many", "count=1x", "other=1", "size=-1", "time_ns=1s", "flag=yes"} {
		var s sample
		if err := Parse(s.fields(), []string{word}); err == nil {
			t.Errorf("%q is taken for %+v", word, s)
		}
	}
}
