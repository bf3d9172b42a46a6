package live

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/internal/rabbit"
)

// header is an entry of the table of headers: tag and value, as sent, and as
// they arrive in another version of AMQP, if RabbitMQ changes them then.
type header struct{ name, sent, across string }

// headers has every tag that RabbitMQ keeps.
var headers = []header{
	{"string", longstr('S', "text"), ""},
	{"no UTF-8", longstr('S', "\xff\xfe"), ""},
	{"binary", longstr('x', "\x00\x01\xff"), ""},
	{"int32", "I\xff\xff\xff\xfe", ""},
	{"uint32", "i\xff\xff\xff\xfe", ""},
	{"int16", "s\xff\xfe", ""},
	{"uint16", "u\xff\xfe", ""},
	{"int8", "b\xfe", ""},
	{"uint8", "B\xfe", ""},
	{"int64", "l\xff\xff\xff\xff\xff\xff\xff\xfe", ""},
	{"int64 of 0-9-1", "L\xff\xff\xff\xff\xff\xff\xff\xfe", "l\xff\xff\xff\xff\xff\xff\xff\xfe"},
	{"float32", "f\x3f\xc0\x00\x00", ""},
	{"float64", "d\x40\x04\x00\x00\x00\x00\x00\x00", ""},
	{"decimal", "D\x02\xff\xff\xff\xfe", ""},
	{"timestamp", "T\x00\x00\x00\x00\x65\x00\x00\x00", ""},
	{"true", "t\x01", ""},
	{"false", "t\x00", ""},
	{"another true", "t\x02", "t\x01"},
	{"void", "V", ""},
	{"", longstr('S', ""), ""},
	{"twice", "I\x00\x00\x00\x01", ""},
	{"twice", "I\x00\x00\x00\x02", ""},
	{"empty table", longstr('F', ""), ""},
	{"empty array", longstr('A', ""), ""},
	{"table", longstr('F', "\x01at\x02"+"\x01b"+longstr('F', "\x01cV")), longstr('F', "\x01at\x01"+"\x01b"+longstr('F', "\x01cV"))},
	{"array", longstr('A', "t\x02"+longstr('A', "V")+longstr('F', "\x01cV")), longstr('A', "t\x01"+longstr('A', "V")+longstr('F', "\x01cV"))},
}

// longstr is a tag, and octets behind their count.
func longstr(tag byte, octets string) string {
	return string(binary.BigEndian.AppendUint32([]byte{tag}, uint32(len(octets)))) + octets
}

// table encodes the headers as they are sent, and as they arrive in another
// version.
func table(headers []header) (sent, across string) {
	for _, h := range headers {
		name := string([]byte{byte(len(h.name))}) + h.name
		sent += name + h.sent
		if h.across == "" {
			h.across = h.sent
		}
		across += name + h.across
	}
	return longstr(0, sent)[1:], longstr(0, across)[1:]
}

// everyProperty encodes all 14, around the headers.
func everyProperty(headers string) string {
	return "\xff\xfc" + "\x0atext/plain" + "\x04gzip" + headers + "\x01" + "\x07" + "\x05c-1.x" + "\x05reply" + "\x0560000" +
		"\x04id-1" + "\x00\x00\x00\x00\x65\x00\x00\x00" + "\x04type" + "\x05guest" + "\x03app" + "\x07cluster"
}

// zeros has properties that are there and empty; but an empty expiration and
// an empty user-id are refused by RabbitMQ.
const zeros = "\xfe\xec" + "\x00" + "\x00" + "\x00\x00\x00\x00" + "\x02" + "\x00" + "\x00" + "\x00" +
	"\x00" + "\x00\x00\x00\x00\x00\x00\x00\x00" + "\x00" + "\x00" + "\x00"

// parcel is a message of the interchange, and its properties where it arrives
// in another version.
type parcel struct {
	Name       string
	Properties []byte
	Size       int
	across     string
}

// parcels has messages with every property in each interesting size, and with
// fewer properties.
func parcels() []parcel {
	const frame = 131072 - 8 // what a body frame holds with RabbitMQ
	sent, across := table(headers)
	var out []parcel
	for _, size := range []int{0, 1, 100, frame, frame + 1, 300_000} {
		out = append(out, parcel{fmt.Sprint(size, " octets"), []byte(everyProperty(sent)), size, everyProperty(across)})
	}
	return append(out,
		parcel{"zeros", []byte(zeros), 10, zeros},
		parcel{"no property", []byte("\x00\x00"), 10, "\x00\x00"})
}

// TestInterchange sends messages from 0-8, 0-9 and 0-9-1 to each of them.
// RabbitMQ hands on what it got octet for octet where both ends speak the
// same, which 0-9 and 0-9-1 are to it, and encodes it anew where they do not.
func TestInterchange(t *testing.T) {
	messages := parcels()
	for i, a := range interchange(t, rabbit.ForTest(t).URI(), messages) {
		m := messages[i%len(messages)]
		want := string(m.Properties)
		if (a.From == "0-8") != (a.To == "0-8") {
			want = m.across
		}
		if !a.Intact {
			t.Errorf("%s from %s to %s: the body is damaged", m.Name, a.From, a.To)
		}
		if got := string(a.Properties); got != want {
			n := common(got, want)
			t.Errorf("%s from %s to %s: the properties go on from octet %d with\n%.80q, want\n%.80q", m.Name, a.From, a.To, n, got[n:], want[n:])
		}
	}
}

// common is how many octets two strings have in common at their beginning.
func common(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// arrival is what became of a parcel.
type arrival struct {
	From, To   string
	Properties []byte
	Intact     bool
}

// interchange runs the program that sends the messages.
func interchange(t *testing.T, uri string, messages []parcel) []arrival {
	t.Helper()
	dir := t.TempDir()
	versions := []string{"0-8", "0-9", "0-9-1"}
	for _, version := range versions {
		generate(t, version, filepath.Join(dir, version))
		place(t, filepath.Join(dir, version), "speaker.go.txt")
	}
	program(t, dir, "interchange.go.txt")
	input, err := json.Marshal(messages)
	must(t, err)
	out, err := run(t, dir, strings.NewReader(string(input)), "AMQP_URL="+uri)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var arrivals []arrival
	must(t, json.Unmarshal([]byte(out), &arrivals))
	if len(arrivals) != len(versions)*len(versions)*len(messages) {
		t.Errorf("%d arrivals", len(arrivals))
	}
	return arrivals
}
