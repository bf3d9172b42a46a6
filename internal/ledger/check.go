package ledger

import (
	"bufio"
	"fmt"
	"io"
	"os"
)

// Check reads the ledger in a file.
func Check(path string) (*Report, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	defer file.Close()
	return Read(file)
}

// Read reads a ledger and weighs it.
func Read(r io.Reader) (*Report, error) {
	c := checker{fates: map[Message]*fate{}, highest: map[int]int{}}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		if err := c.line(lines.Text()); err != nil {
			return nil, fmt.Errorf("ledger: line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return c.report(), nil
}

// fate is what a ledger says of one message.
type fate struct {
	published int
	verdict   Event // Confirmed, Refused, Unknown or Unsent
	verdicts  int
	consumed  int
}

type checker struct {
	fates   map[Message]*fate
	order   []Message   // in which they came first
	highest map[int]int // by publisher, the number of what was consumed so far
	late    []Message
}

// line takes one line of the file.
func (c *checker) line(text string) error {
	var r Record
	if n, err := fmt.Sscanf(text, "%s %d %d %d", &r.Event, &r.Publisher, &r.Number, &r.Epoch); n != 4 {
		return fmt.Errorf("%q: %w", text, err)
	}
	f := c.fate(r.Message)
	switch r.Event {
	case Published:
		f.published++
	case Confirmed, Refused, Unknown, Unsent:
		f.verdict = r.Event
		f.verdicts++
	case Consumed, Redelivered:
		c.consumed(r, f)
	default:
		return fmt.Errorf("%q is no event", r.Event)
	}
	return nil
}

func (c *checker) fate(m Message) *fate {
	f := c.fates[m]
	if f == nil {
		f = new(fate)
		c.fates[m] = f
		c.order = append(c.order, m)
	}
	return f
}

// consumed looks whether a message comes for the first time after one that was published later.
func (c *checker) consumed(r Record, f *fate) {
	highest := c.highest[r.Publisher]
	if f.consumed == 0 && r.Event == Consumed && r.Number < highest {
		c.late = append(c.late, r.Message)
	}
	f.consumed++
	c.highest[r.Publisher] = max(highest, r.Number)
}

// report adds up.
func (c *checker) report() *Report {
	r := &Report{OutOfOrder: c.late}
	for _, m := range c.order {
		r.add(m, c.fates[m])
	}
	return r
}
