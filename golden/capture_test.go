package golden

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// captures are all files in testdata.
func captures(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no captures in testdata")
	}
	return files
}

func TestRoundTrip(t *testing.T) {
	for _, file := range captures(t) {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Load(file)
		if err != nil {
			t.Error(err)
			continue
		}
		var got bytes.Buffer
		if err := c.Write(&got); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s: written anew, it differs", file)
		}
	}
}

func TestRecords(t *testing.T) {
	for _, file := range captures(t) {
		c, err := Load(file)
		if err != nil {
			t.Error(err)
			continue
		}
		if len(c.Meta) < 2 || len(c.Frames) < 2 {
			t.Errorf("%s: %d lines of provenance and %d records", file, len(c.Meta), len(c.Frames))
			continue
		}
		for i, r := range c.Frames {
			if err := Check(r.Octets); err != nil {
				t.Errorf("%s: record %d, %s: %v", file, i, r.Note, err)
				continue
			}
			if isHeader(r.Octets) != (i == 0) {
				t.Errorf("%s: record %d, %s: the protocol header comes first, and once", file, i, r.Note)
			}
			if err := checkNote(r); err != nil {
				t.Errorf("%s: record %d: %v", file, i, err)
			}
		}
	}
}

// checkNote compares the note with the octets: what kind of frame, which channel, and which method.
func checkNote(r Record) error {
	if isHeader(r.Octets) {
		return wantNote(r.Note, r.Note == "header")
	}
	kinds := map[byte]string{FrameMethod: "method", FrameHeader: "content", FrameBody: "body", FrameHeartbeat: "heartbeat"}
	begin := fmt.Sprintf("%s %d", kinds[r.Octets[0]], Channel(r.Octets))
	if r.Octets[0] != FrameMethod {
		return wantNote(r.Note, r.Note == begin || strings.HasPrefix(r.Note, begin+" ") || strings.HasPrefix(r.Note, begin+","))
	}
	id := Payload(r.Octets)[:4]
	end := fmt.Sprintf("(%d.%d)", binary.BigEndian.Uint16(id), binary.BigEndian.Uint16(id[2:]))
	return wantNote(r.Note, strings.HasPrefix(r.Note, begin+" ") && strings.HasSuffix(r.Note, end))
}

func wantNote(note string, ok bool) error {
	if !ok {
		return fmt.Errorf("note %q does not fit the octets", note)
	}
	return nil
}

// TestFreeForm reads a file that Write would lay out otherwise.
func TestFreeForm(t *testing.T) {
	path := filepath.Join(t.TempDir(), "free.txt")
	text := "#no blank\n\n# two  \n\nC header\n\t41 4d5\t150\n\n  01010901\nS heartbeat 0\n 08000000000000CE\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	want := &Capture{
		Meta: []string{"no blank", "two  "},
		Frames: []Record{
			{FromClient: true, Octets: []byte("AMQP\x01\x01\x09\x01"), Note: "header"},
			{Octets: []byte{8, 0, 0, 0, 0, 0, 0, 0xce}, Note: "heartbeat 0"},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestLoadErrors(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"direction", "# a\nX header\n  00\n", ":2: \"X header\" begins no record"},
		{"no note", "C\n  00\n", ":1: \"C\" begins no record"},
		{"octets first", "# a\n\n  00\n", ":3: octets before the first record"},
		{"odd digits", "C header\n  000\n", ":2: encoding/hex: odd length"},
		{"no digits", "C header\n  0x\n", ":2: encoding/hex: invalid byte"},
		{"empty record", "C one\nS two\n  00\n", ":2: record \"one\" has no octets"},
		{"empty last record", "C one\n  00\nS two\n", ":3: record \"two\" has no octets"},
		{"late comment", "C one\n  00\n# a\n", ":3: comment after the first record"},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bad.txt")
			if err := os.WriteFile(path, []byte(row.text), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := Load(path)
			if err == nil || !strings.HasPrefix(err.Error(), path+row.want) {
				t.Errorf("got %v, want %s%s", err, path, row.want)
			}
		})
	}
}

func TestNext(t *testing.T) {
	const beat = "\x08\x00\x00\x00\x00\x00\x00\xce"
	for _, row := range []struct {
		stream string
		n      int
		err    string
	}{
		{"", 0, ""},
		{"AMQ", 0, ""},
		{"AMQP\x00\x00\x09", 0, ""},
		{"AMQP\x00\x00\x09\x01" + beat, 8, ""},
		{beat[:7], 0, ""},
		{beat + beat, 8, ""},
		{"\x03\x00\x01\x00\x00\x00\x02ab\xcerest", 10, ""},
		{"\x03\x00\x01\x00\x00\x00\x02ab", 0, ""},
		{"\x03\x00\x01\x00\x00\x00\x02ab\xcd", 0, "frame ends with 0xcd"},
		{"\x04\x00\x01\x00\x00\x00\x00\xce", 0, "4 is no frame type"},
		{"\x01\x00\x01\xff\x00\x00\x00", 0, "frame of 4278190080 octets"},
	} {
		n, err := Next([]byte(row.stream))
		if n != row.n || (err == nil) != (row.err == "") || err != nil && err.Error() != row.err {
			t.Errorf("Next(%q) = %d, %v, want %d, %s", row.stream, n, err, row.n, row.err)
		}
	}
}
