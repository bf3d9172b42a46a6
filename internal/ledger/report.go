package ledger

import (
	"errors"
	"fmt"
)

// Report is what a ledger comes to.
type Report struct {
	Published  int // messages
	Confirmed  int
	Refused    int
	Recovered  int // not confirmed, and consumed all the same
	Duplicated int // consumed, beyond the first time

	Lost       []Message // confirmed and never consumed
	Unexpected []Message // consumed, and never published, or said to be unsent
	OutOfOrder []Message // first consumed, and not as redelivered, after a later one of the same publisher
	Unresolved []Message // whose publish has not ended
	Ambiguous  []Message // whose publish has ended more than once
}

// add takes in one message.
func (r *Report) add(m Message, f *fate) {
	r.Published += f.published
	r.Duplicated += max(0, f.consumed-1)
	switch f.verdict {
	case Confirmed:
		r.Confirmed++
	case Refused:
		r.Refused++
	}
	switch sent := f.published > 0 && f.verdict != Unsent; {
	case f.verdict == Confirmed && f.consumed == 0:
		r.Lost = append(r.Lost, m)
	case !sent && f.consumed > 0:
		r.Unexpected = append(r.Unexpected, m)
	case f.verdict != Confirmed && f.consumed > 0:
		r.Recovered++
	}
	switch {
	case f.published > f.verdicts:
		r.Unresolved = append(r.Unresolved, m)
	case f.published < f.verdicts:
		r.Ambiguous = append(r.Ambiguous, m)
	}
}

// String is the report in one line.
func (r *Report) String() string {
	return fmt.Sprintf("%d messages, %d confirmed, %d refused, %d lost, %d recovered, %d duplicated, %d unexpected, %d out of order, %d unresolved, %d ambiguous",
		r.Published, r.Confirmed, r.Refused, len(r.Lost), r.Recovered, r.Duplicated, len(r.Unexpected), len(r.OutOfOrder), len(r.Unresolved), len(r.Ambiguous))
}

// Err names what must not be, or is nil. What was recovered or duplicated may be.
func (r *Report) Err() error {
	return errors.Join(
		fault("lost", r.Lost),
		fault("unexpected", r.Unexpected),
		fault("out of order", r.OutOfOrder),
		fault("unresolved", r.Unresolved),
		fault("ambiguous", r.Ambiguous),
	)
}

// shown is how many messages of a kind an error names.
const shown = 10

func fault(what string, messages []Message) error {
	if len(messages) == 0 {
		return nil
	}
	return fmt.Errorf("ledger: %d %s, such as %v", len(messages), what, messages[:min(len(messages), shown)])
}
