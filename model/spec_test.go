package model

import "testing"

func TestIdent(t *testing.T) {
	for _, c := range []struct {
		id   Ident
		want string
	}{
		{Ident{8, 0, 0}, "0-8"}, // as 0-8 writes itself
		{Ident{0, 8, 0}, "0-8"},
		{Ident{0, 9, 0}, "0-9"},
		{Ident{9, 0, 0}, "0-9"},
		{Ident{0, 9, 1}, "0-9-1"},
		{Ident{0, 10, 0}, "0-10"},
		{Ident{10, 0, 0}, "0-10"}, // as Qpid's cluster specification does
		{Ident{1, 0, 0}, "1-0"},
		{Ident{0, 0, 0}, "0-0"},
	} {
		if got := c.id.String(); got != c.want {
			t.Errorf("%#v: got %s, want %s", c.id, got, c.want)
		}
	}
}

func TestNormalize(t *testing.T) {
	for name, want := range map[string]string{
		"queue-name":   "queue-name",
		"queue name":   "queue-name",
		"queue_name":   "queue-name",
		" Queue Name ": "queue-name",
		"FRAME-METHOD": "frame-method",
		"Xid":          "xid",
		"a  b":         "a--b",
		"":             "",
	} {
		got := Normalize(name)
		if got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
		if again := Normalize(got); again != got {
			t.Errorf("%q: %q becomes %q", name, got, again)
		}
	}
}

func TestTypeNames(t *testing.T) {
	for typ := Bit; typ <= Content; typ++ {
		if got := TypeByName(typ.String()); got != typ {
			t.Errorf("%s is %s", typ, got)
		}
	}
	for _, name := range []string{"", "invalid", "BIT", "contents"} {
		if got := TypeByName(name); got != Invalid {
			t.Errorf("%q is %s", name, got)
		}
	}
}

func TestIsReplyCode(t *testing.T) {
	for _, c := range []struct {
		constant Constant
		want     bool
	}{
		{Constant{Name: "frame-end", Value: 206}, false},
		{Constant{Name: "reply-success", Value: 200}, true},
		{Constant{Name: "not-found", Value: 404, Class: "soft-error"}, true},
	} {
		if got := c.constant.IsReplyCode(); got != c.want {
			t.Errorf("%s: %v", c.constant.Name, got)
		}
	}
}
