package client

import (
	"cmp"
	"slices"
	"time"
)

// tally follows the deliveries of a channel that the server waits to have
// settled, so that one ack can stand for a row of them. It is under the lock of
// the connection's writer.
type tally struct {
	open   []tallied // in the order of their tags; some are settled by now
	low    int       // all before it are settled
	next   int       // where the one after the last that was found stands
	noted  int       // how many are acknowledged, and the server does not know yet
	strays bool      // the channel has deliveries that are not here: an ack is to cover one alone

	timer  *time.Timer // sends what is noted
	armed  bool
	within time.Duration // that it was armed with
	due    time.Time
}

type tallied struct {
	tag   DeliveryTag
	state tallyState
}

type tallyState uint8

const (
	unsettled tallyState = iota
	noted                // acknowledged by the program, and the server does not know yet
	settled
)

// enter adds a delivery.
func (t *tally) enter(tag DeliveryTag) {
	if tag == 0 { // as the tag of an ack it would mean all
		t.strays = true
	}
	if len(t.open) == cap(t.open) {
		t.compact()
	}
	at := len(t.open)
	if at == 0 || t.open[at-1].tag < tag {
		t.open = append(t.open, tallied{tag: tag})
		return
	}
	at, _ = t.search(tag)
	t.open = slices.Insert(t.open, at, tallied{tag: tag})
	t.low = min(t.low, at)
}

// compact forgets what is settled, and makes room if that is little.
func (t *tally) compact() {
	t.open = slices.DeleteFunc(t.open, func(d tallied) bool { return d.state == settled })
	t.low = 0
	if len(t.open) >= cap(t.open)/2 {
		t.open = slices.Grow(t.open, len(t.open)+16)
	}
}

func (t *tally) find(tag DeliveryTag) (at int, found bool) {
	if t.next < len(t.open) && t.open[t.next].tag == tag { // as when they are settled in their order
		t.next++
		return t.next - 1, true
	}
	at, found = t.search(tag)
	t.next = at + 1
	return at, found
}

func (t *tally) search(tag DeliveryTag) (at int, found bool) {
	return slices.BinarySearchFunc(t.open, tag, func(d tallied, tag DeliveryTag) int { return cmp.Compare(d.tag, tag) })
}

// note takes the program's word that a delivery is done with, and reports
// whether it was open.
func (t *tally) note(tag DeliveryTag) bool {
	at, found := t.find(tag)
	if !found || t.open[at].state != unsettled {
		return false
	}
	t.open[at].state = noted
	t.noted++
	return true
}

// settle follows what the server is told of a delivery, or with multiple of all
// up to it; 0 means all there are.
func (t *tally) settle(tag DeliveryTag, multiple bool) {
	at, found := t.find(tag)
	switch {
	case multiple && tag == 0:
		t.settleBefore(len(t.open))
	case multiple && found:
		t.settleBefore(at + 1)
	case multiple:
		t.settleBefore(at)
	case found:
		t.mark(at)
	}
}

func (t *tally) settleBefore(end int) {
	for i := t.low; i < end; i++ {
		t.mark(i)
	}
	t.low = max(t.low, end)
}

func (t *tally) mark(i int) {
	if t.open[i].state == noted {
		t.noted--
	}
	t.open[i].state = settled
}

// row takes what one ack can settle, since nothing before it is open, and
// returns the tag for it; 0 if there is nothing.
func (t *tally) row() (last DeliveryTag) {
	if t.strays {
		return 0
	}
	for ; t.low < len(t.open) && t.open[t.low].state != unsettled; t.low++ {
		if t.open[t.low].state == noted {
			last = t.open[t.low].tag
		}
		t.mark(t.low)
	}
	return last
}

// take gives the acks for what is noted to send: one for the row, and, if all is
// set or there is no row, one for each of the rest.
func (t *tally) take(all bool, send func(tag DeliveryTag, multiple bool)) {
	last := t.row()
	if last > 0 {
		send(last, true)
	}
	if last > 0 && !all {
		return
	}
	for i := t.low; t.noted > 0; i++ {
		if t.open[i].state == noted {
			t.mark(i)
			send(t.open[i].tag, false)
		}
	}
}
