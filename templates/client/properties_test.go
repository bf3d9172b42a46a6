package client

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
)

// headerVectors are header payloads with what they mean.
var headerVectors = []struct {
	name    string
	header  ContentHeader
	payload string
}{
	{"no property", basicHeader(0, BasicProperties{}), "003c 0000 0000000000000000 0000"},
	{"the body's size", basicHeader(math.MaxUint64, BasicProperties{}), "003c 0000 ffffffffffffffff 0000"},
	{"two properties", basicHeader(5, BasicProperties{ContentType: "text/plain", DeliveryMode: 2}),
		"003c 0000 0000000000000005 9000 0a746578742f706c61696e 02"},
	{"headers", basicHeader(0, BasicProperties{Headers: NewTable(Entry{"a", true})}),
		"003c 0000 0000000000000000 2000 00000004 0161 7401"},
	{"zero values that are present", basicHeader(0, BasicProperties{Present: 0xfffc}),
		"003c 0000 0000000000000000 fffc 00 00 00000000 00 00 00 00 00 00 0000000000000000 00 00 00 00"},
	{"an undefined flag", basicHeader(1, BasicProperties{ContentType: "x", Present: 0x8002}),
		"003c 0000 0000000000000001 8002 0178"},
	{"an undefined flag of another word", basicHeader(0, BasicProperties{ContentType: "x", Present: 1 << 31}),
		"003c 0000 0000000000000000 8001 8000 0178"},
	{"an undefined flag of the last word", basicHeader(0, BasicProperties{Present: 1 << 49}),
		"003c 0000 0000000000000000 0001 0001 0001 0002"},
	{"a class without properties", ContentHeader{ClassTest, 7, &TestProperties{}}, "0078 0000 0000000000000007 0000"},
	{"a bit has no octets", oddHeader(OddProperties{Property3: true}), "00c8 0000 0000000000000000 2000"},
	{"the 15th property", oddHeader(OddProperties{Property15: 1}), "00c8 0000 0000000000000000 0002 0000000000000001"},
	{"the 16th property", oddHeader(OddProperties{Property16: 2}), "00c8 0000 0000000000000000 0001 8000 0002"},
	{"a bit of the second word", oddHeader(OddProperties{Property30: true}), "00c8 0000 0000000000000000 0001 0002"},
	{"the 31st property, zero", oddHeader(OddProperties{Present: OddHasProperty31}),
		"00c8 0000 0000000000000000 0001 0001 8000 00000000"},
	{"a property of each word", oddHeader(OddProperties{Property1: "a", Property12: true, Property21: true, Property29: 3, Property31: NewTable(Entry{"", nil})}),
		"00c8 0000 0000000000000000 8011 0405 8000 0161 03 00000002 0056"},
}

func basicHeader(size uint64, p BasicProperties) ContentHeader {
	return ContentHeader{ClassBasic, size, &p}
}

func oddHeader(p OddProperties) ContentHeader { return ContentHeader{ClassOdd, 0, &p} }

func TestGoldenHeaders(t *testing.T) {
	for _, v := range headerVectors {
		t.Run(v.name, func(t *testing.T) {
			want := octets(t, v.payload)
			if got := mustAppend(t, v.header); !bytes.Equal(got, want) {
				t.Errorf("got  %x\nwant %x", got, want)
			}
			var h ContentHeader
			if err := h.UnmarshalBinary(want); err != nil {
				t.Fatal(err)
			}
			sameHeader(t, h, v.header)
			if again := mustAppend(t, h); !bytes.Equal(again, want) {
				t.Errorf("encoded again it is %x, was %x", again, want)
			}
		})
	}
}

// sameHeader compares a header that was decoded with the one that was encoded,
// which may leave present values to be found out.
func sameHeader(t *testing.T, got, want ContentHeader) {
	t.Helper()
	if p := reflect.ValueOf(want.Properties).Elem().FieldByName("Present"); p.IsValid() {
		present := reflect.ValueOf(got.Properties).Elem().FieldByName("Present")
		if p.Uint()&^present.Uint() != 0 {
			t.Errorf("flags %#x were sent and %#x came", p.Uint(), present.Uint())
		}
		p.Set(present)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got.Properties, want.Properties)
	}
}

// The mask of each property of basic, as RabbitMQ takes it.
func TestBasicMasks(t *testing.T) {
	for _, test := range []struct {
		properties BasicProperties
		mask       PropertyFlags
		constant   PropertyFlags
	}{
		{BasicProperties{ContentType: "x"}, 0x8000, BasicHasContentType},
		{BasicProperties{ContentEncoding: "x"}, 0x4000, BasicHasContentEncoding},
		{BasicProperties{Headers: NewTable(Entry{"x", nil})}, 0x2000, BasicHasHeaders},
		{BasicProperties{DeliveryMode: 1}, 0x1000, BasicHasDeliveryMode},
		{BasicProperties{Priority: 1}, 0x0800, BasicHasPriority},
		{BasicProperties{CorrelationID: "x"}, 0x0400, BasicHasCorrelationID},
		{BasicProperties{ReplyTo: "x"}, 0x0200, BasicHasReplyTo},
		{BasicProperties{Expiration: "x"}, 0x0100, BasicHasExpiration},
		{BasicProperties{MessageID: "x"}, 0x0080, BasicHasMessageID},
		{BasicProperties{Timestamp: 1}, 0x0040, BasicHasTimestamp},
		{BasicProperties{Type: "x"}, 0x0020, BasicHasType},
		{BasicProperties{UserID: "x"}, 0x0010, BasicHasUserID},
		{BasicProperties{AppID: "x"}, 0x0008, BasicHasAppID},
		{BasicProperties{ClusterID: "x"}, 0x0004, BasicHasClusterID},
	} {
		b := mustAppend(t, basicHeader(0, test.properties))
		if got := PropertyFlags(b[12])<<8 | PropertyFlags(b[13]); got != test.mask || test.constant != test.mask {
			t.Errorf("%+v: got %#x, the constant is %#x, want %#x", test.properties, got, test.constant, test.mask)
		}
	}
}

// The lowest bit of each word says whether another follows, whatever Present
// says.
func TestLowestBitsOfPresent(t *testing.T) {
	h := basicHeader(0, BasicProperties{Present: 0x0001_0001_0001_0001})
	if b := mustAppend(t, h); !bytes.Equal(b[12:], []byte{0, 0}) {
		t.Errorf("got flags %x, want none", b[12:])
	}
}

// contentClasses are the classes that have content.
var contentClasses = []uint16{ClassBasic, ClassFile, ClassStream, ClassTunnel, ClassTest, ClassOdd}

func TestHeaderRoundTrip(t *testing.T) {
	for _, class := range contentClasses {
		f := newFiller(uint64(class))
		for range 100 {
			h := randomHeader(f, class)
			b := mustAppend(t, h)
			var got ContentHeader
			if err := got.UnmarshalBinary(b); err != nil {
				t.Fatalf("%s: %v", className(class), err)
			}
			sameHeader(t, got, h)
			if again := mustAppend(t, got); !bytes.Equal(again, b) {
				t.Fatalf("%s: encoded again it is %x, was %x", className(class), again, b)
			}
		}
	}
}

// randomHeader leaves out about half of the properties, and marks others as
// present, defined or not. The bits of class odd tell their presence themselves.
func randomHeader(f filler, class uint16) ContentHeader {
	h := ContentHeader{class, f.Uint64(), newProperties(class)}
	f.fill(h.Properties)
	v := reflect.ValueOf(h.Properties).Elem()
	for i := range v.NumField() {
		if f.IntN(2) == 0 {
			v.Field(i).SetZero()
		}
	}
	if present := v.FieldByName("Present"); present.IsValid() && class != ClassOdd {
		present.SetUint(f.Uint64() & uint64(allWordsFlags))
	}
	return h
}

func TestHeaderTruncated(t *testing.T) {
	for _, class := range contentClasses {
		b := mustAppend(t, randomHeader(newFiller(1), class))
		for n := range b {
			decodeError(t, new(ContentHeader).UnmarshalBinary(b[:n:n]), n, "header.")
		}
		decodeError(t, new(ContentHeader).UnmarshalBinary(append(b, 0)), len(b), "header")
	}
}

// TestR9_HeaderMalformed: what was left over in a header was taken for the
// beginning of the next frame.
func TestR9_HeaderMalformed(t *testing.T) {
	for _, test := range []struct{ name, payload, want string }{
		{"left over", "003c 0000 0000000000000000 0000 00", "header: offset 14: 1 octets are left over"},
		{"left over of an undefined property", "003c 0000 0000000000000000 0002 00", "header: offset 14: 1 octets are left over"},
		{"weight", "003c 0001 0000000000000000 0000", "header.weight: offset 2: is 1; it is always 0"},
		{"unknown class", "00c9 0000 0000000000000000 0000", "header.class-id: offset 0: class 201 has no content"},
		{"class without content", "000a 0000 0000000000000000 0000", "header.class-id: offset 0: class 10 has no content"},
		{"no flags", "003c 0000 0000000000000000", "header.property-flags: offset 12: truncated: needs 2 octets, 0 are left"},
		{"no flags after all", "003c 0000 0000000000000000 8001", "header.property-flags: offset 14: truncated: needs 2 octets, 0 are left"},
		{"too many flags", "003c 0000 0000000000000000 0001 0001 0001 0001 0000", "header.property-flags: offset 20: more than 4 words"},
		{"a property cut short", "003c 0000 0000000000000000 8000 02 78", "header.content-type: offset 15: truncated: needs 2 octets, 1 are left"},
		{"a header's tag", "003c 0000 0000000000000000 2000 00000003 0161 7a", "header.headers.a: offset 20: unknown tag 'z'"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := new(ContentHeader).UnmarshalBinary(octets(t, test.payload))
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestHeaderRefused(t *testing.T) {
	long := strings.Repeat("x", 256)
	for _, test := range []struct {
		name   string
		header ContentHeader
		field  string
	}{
		{"no properties", ContentHeader{ClassID: ClassBasic}, "Properties"},
		{"another class", ContentHeader{ClassID: ClassFile, Properties: &BasicProperties{}}, "Properties"},
		{"unknown class", ContentHeader{ClassID: 201, Properties: &BasicProperties{}}, "Properties"},
		{"short string", basicHeader(0, BasicProperties{ContentType: "x", AppID: long}), "basic properties.app-id"},
		{"table", basicHeader(0, BasicProperties{Headers: NewTable(Entry{"a", []any{1, 'x', uint64(1 << 63)}})}), "basic properties.headers.a[2]"},
		{"second word", oddHeader(OddProperties{Property19: long}), "odd properties.property-19"},
	} {
		t.Run(test.name, func(t *testing.T) {
			buf := append(make([]byte, 0, 1024), "before"...)
			b, err := test.header.AppendBinary(buf)
			usageError(t, err, test.field)
			if string(b) != "before" {
				t.Errorf("the buffer came back as %q", b)
			}
		})
	}
}

// What a table cannot hold shows even if only its emptiness could be told.
func TestRefusedTableCountsAsPresent(t *testing.T) {
	p := BasicProperties{Headers: NewTable(Entry{"a", fmt.Stringer(nil)}, Entry{"b", new(int)})}
	_, err := basicHeader(0, p).AppendBinary(nil)
	usageError(t, err, "basic properties.headers.b")
}

// Properties that are decoded anew keep nothing of before.
func TestHeaderIsOverwritten(t *testing.T) {
	h := basicHeader(9, BasicProperties{AppID: "old"})
	if err := h.UnmarshalBinary(octets(t, "003c 0000 0000000000000000 0000")); err != nil {
		t.Fatal(err)
	}
	sameHeader(t, h, basicHeader(0, BasicProperties{}))
}
