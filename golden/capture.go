// Package golden holds conversations that real clients had with real brokers, octet by octet, for tests
// that replay them. They are text, so that a change to one can be reviewed.
//
// # Format
//
// A file begins with lines that start with "#" and tell where the conversation comes from. Then comes one
// record per frame, in the order in which the frames were complete. A record begins with a line that is not
// indented: C for the client or S for the server, a blank, and a note for the reader. The indented lines
// after it are the frame's octets in hexadecimal, grouped in any way:
//
//	# py-amqplib 1.0.2 with RabbitMQ 3.10.8, AMQP 0-8
//
//	C header
//	  414d5150 01010901
//	S method 1 channel.open-ok (20.11)
//	  01 0001 00000004  0014000b ce
//
// A record without octets, and a comment after the first record, are errors: nothing in a file is lost by
// reading and writing it.
package golden

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Capture is one conversation over one connection.
type Capture struct {
	// Meta are the comment lines at the head of the file, without "# ".
	Meta []string
	// Frames are the frames of both directions.
	Frames []Record
}

// Record is one frame, or a protocol header, and who sent it.
type Record struct {
	FromClient bool
	Octets     []byte
	// Note is for readers and says nothing that the octets do not.
	Note string
}

// Load reads a file. Its errors begin with file and line.
func Load(path string) (*Capture, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p := parser{capture: new(Capture)}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		if err := p.line(lines.Text()); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		p.number = n
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", path, p.number+1, err)
	}
	if err := p.finished(); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", path, p.number, err)
	}
	return p.capture, nil
}

// parser takes a file line by line.
type parser struct {
	capture *Capture
	number  int // of the last good line
}

// line takes the next line.
func (p *parser) line(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return nil
	case text[0] == '#':
		return p.meta(text)
	case text[0] == ' ' || text[0] == '\t':
		return p.octets(text)
	default:
		return p.record(text)
	}
}

// meta takes a comment, which has its place before the records only.
func (p *parser) meta(text string) error {
	if len(p.capture.Frames) > 0 {
		return errors.New("comment after the first record")
	}
	p.capture.Meta = append(p.capture.Meta, strings.TrimPrefix(text[1:], " "))
	return nil
}

// record takes the first line of a record.
func (p *parser) record(text string) error {
	if err := p.finished(); err != nil {
		return err
	}
	side, note, ok := strings.Cut(text, " ")
	if !ok || note == "" || side != "C" && side != "S" {
		return fmt.Errorf("%q begins no record: C or S and a note are wanted", text)
	}
	p.capture.Frames = append(p.capture.Frames, Record{FromClient: side == "C", Note: note})
	return nil
}

// octets takes a line of hexadecimal digits.
func (p *parser) octets(text string) error {
	frames := p.capture.Frames
	if len(frames) == 0 {
		return errors.New("octets before the first record")
	}
	octets, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return err
	}
	last := &frames[len(frames)-1]
	last.Octets = append(last.Octets, octets...)
	return nil
}

// finished says whether the last record, if there is one, has octets.
func (p *parser) finished() error {
	frames := p.capture.Frames
	if len(frames) > 0 && len(frames[len(frames)-1].Octets) == 0 {
		return fmt.Errorf("record %q has no octets", frames[len(frames)-1].Note)
	}
	return nil
}

// Write writes the capture as the package comment describes it, grouped in a fixed way: type, channel and
// size of a frame apart, the payload in lines of 32 octets, the end octet behind the last of them.
func (c *Capture) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	for _, line := range c.Meta {
		fmt.Fprintln(out, strings.TrimRight("# "+line, " "))
	}
	fmt.Fprintln(out)
	for _, r := range c.Frames {
		side := "S"
		if r.FromClient {
			side = "C"
		}
		fmt.Fprintf(out, "%s %s\n%s", side, r.Note, layOut(r.Octets))
	}
	return out.Flush() // a bufio.Writer keeps its first error
}

// layOut formats the octets of a record as indented lines.
func layOut(octets []byte) string {
	if Check(octets) != nil || isHeader(octets) {
		return lines(octets)
	}
	end := len(octets) - 1
	head := fmt.Sprintf("  %x %x %x", octets[:1], octets[1:3], octets[3:frameHead])
	payload := octets[frameHead:end]
	switch {
	case len(payload) == 0:
		return fmt.Sprintf("%s %x\n", head, octets[end:])
	case len(payload) <= perLine/2:
		return fmt.Sprintf("%s  %s %x\n", head, groups(payload), octets[end:])
	}
	return fmt.Sprintf("%s\n%s %x\n", head, strings.TrimSuffix(lines(payload), "\n"), octets[end:])
}

// perLine is how many octets a full line shows.
const perLine = 32

// lines formats octets as full lines and a rest.
func lines(octets []byte) string {
	var b strings.Builder
	for len(octets) > 0 {
		n := min(perLine, len(octets))
		b.WriteString("  " + groups(octets[:n]) + "\n")
		octets = octets[n:]
	}
	return b.String()
}

// groups formats octets four by four.
func groups(octets []byte) string {
	var words []string
	for len(octets) > 0 {
		n := min(4, len(octets))
		words = append(words, hex.EncodeToString(octets[:n]))
		octets = octets[n:]
	}
	return strings.Join(words, " ")
}
