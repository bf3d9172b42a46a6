// Package ledger keeps on disk what becomes of messages: what was published, what is known of its fate, what was
// consumed. [Check] reads that and says what was lost.
package ledger

import (
	"fmt"
	"os"
)

// Event is what can happen to a message.
type Event string

// Published comes first; Confirmed, Refused, Unknown or Unsent once, when the publish has ended.
const (
	Published   Event = "published"   // it is handed to the client now
	Confirmed   Event = "confirmed"   // the server has taken charge of it
	Refused     Event = "refused"     // the server has not taken charge of it, so it says
	Unknown     Event = "unknown"     // it may have been sent, and nobody knows what became of it
	Unsent      Event = "unsent"      // it was not sent
	Consumed    Event = "consumed"    // for the first time, by the server's word
	Redelivered Event = "redelivered" // consumed, and marked as delivered before
)

// Message is a message's name: its publisher, and the number that the publisher gave it. Numbers grow in the
// order of publishing, from 0 or more.
type Message struct {
	Publisher, Number int
}

// Record is one line of a ledger.
type Record struct {
	Event Event
	Message
	Epoch uint64 // of the connection that it was consumed over; else 0
}

// Ledger is a file of records that only grows. Its methods are safe for any number of goroutines.
type Ledger struct {
	file *os.File
}

// Create begins a ledger in a new file.
func Create(path string) (*Ledger, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return &Ledger{file: file}, nil
}

// Enter adds a record. It is in the kernel's hands then, and outlives this process. A line is one write at the
// file's end, so that those of many goroutines do not mix.
func (l *Ledger) Enter(r Record) error {
	if _, err := fmt.Fprintf(l.file, "%s %d %d %d\n", r.Event, r.Publisher, r.Number, r.Epoch); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

// Close closes the file.
func (l *Ledger) Close() error { return l.file.Close() }
