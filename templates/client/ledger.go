package client

// ledger follows what becomes of the messages that are published on a channel
// with confirms or transactions. It numbers them from 1, in the order of the
// wire, and is under the lock of the connection's writer.
type ledger struct {
	pages   []*page // the one of low first
	spare   *page   // to be written on again
	low     uint64  // the oldest message that is not settled
	next    uint64  // the number of the next message
	open    int     // messages that are not settled
	window  int     // messages that may be open; 0: any number
	held    bool    // so many are, or were, that a publish has to wait
	awaited uint64  // the first message of which somebody waits for the end of all before it; 0: nobody does
	confirm bool    // the server settles them of its own accord

	returnable []returnable // messages that may be returned, in order

	nacked, returned int  // since somebody last asked
	lost             bool // there is one of which nobody will ever know

	fates *fateCounts // of the connection
}

const pageSize = 64

// page holds receipts, allocated together. It is used again unless the program
// has got one of them.
type page struct {
	receipts [pageSize]Receipt
	given    bool
}

func newLedger(confirm bool, window int, fates *fateCounts) *ledger {
	return &ledger{low: 1, next: 1, confirm: confirm, window: window, fates: fates}
}

// full reports whether a publish has to wait for others to be settled. There is
// no ledger on most channels.
func (l *ledger) full() bool {
	if l == nil || l.window == 0 {
		return false
	}
	l.held = l.open >= l.window || l.held && l.open > l.window-l.window/heldShare
	return l.held
}

// heldShare is the part of a full window that is to be free until publishing goes
// on, lest one be woken for each message that is settled.
const heldShare = 8

// await notes that somebody waits until all messages before number are settled.
func (l *ledger) await(number uint64) {
	if l.awaited == 0 || number < l.awaited {
		l.awaited = number
	}
}

// eased reports whether somebody who waits may go on.
func (l *ledger) eased() bool {
	settled := l.awaited > 0 && l.low >= l.awaited
	if settled {
		l.awaited = 0
	}
	return l.held && !l.full() || settled
}

// last is the number of the newest message; 0: there was none.
func (l *ledger) last() uint64 {
	if l == nil {
		return 0
	}
	return l.next - 1
}

// index is the place of a message's page among the pages.
func (l *ledger) index(number uint64) int {
	return int((number-1)/pageSize - (l.low-1)/pageSize)
}

func (l *ledger) receipt(number uint64) *Receipt {
	return &l.pages[l.index(number)].receipts[(number-1)%pageSize]
}

// enter gives the message that is being published its number and receipt.
func (l *ledger) enter(c *Channel, give bool) *Receipt {
	number := l.next
	l.next++
	l.open++
	if l.index(number) == len(l.pages) {
		l.pages = append(l.pages, l.newPage())
	}
	r := l.receipt(number)
	r.channel = c
	if !give {
		return nil
	}
	l.pages[l.index(number)].given = true
	return r
}

func (l *ledger) newPage() *page {
	p := l.spare
	l.spare = nil
	if p == nil {
		return new(page)
	}
	*p = page{}
	return p
}

// settle says what became of a message, and with multiple of all before it
// that are open. What was returned before stays returned.
func (l *ledger) settle(number uint64, multiple bool, f fate) {
	if multiple {
		for n := l.low; n <= number; n++ {
			l.settleOne(n, f)
		}
	} else if number >= l.low {
		l.settleOne(number, f)
	}
	for l.low < l.next && l.receipt(l.low).settled() {
		l.advance()
	}
}

func (l *ledger) settleOne(number uint64, f fate) {
	r := l.receipt(number)
	if r.settled() {
		return
	}
	if r.returned != nil && f == accepted {
		f = returned
	}
	switch f {
	case refused:
		l.nacked++
	case returned:
		l.returned++
	case lost:
		l.lost = true
	}
	l.open--
	l.fates[f]++
	r.settle(f)
}

// advance leaves the oldest message behind, and its page with the last one
// on it.
func (l *ledger) advance() {
	if len(l.returnable) > 0 && l.returnable[0].number == l.low {
		l.returnable = l.returnable[1:]
	}
	l.low++
	if (l.low-1)%pageSize != 0 {
		return
	}
	if p := l.pages[0]; !p.given {
		l.spare = p
	}
	l.pages[0] = nil
	l.pages = l.pages[1:]
}

// returnable is a message that was published as mandatory or immediate: what a
// return of it would look like.
type returnable struct {
	number uint64
	sum    uint64 // of exchange, routing key, properties and body
	given  bool   // the program has its receipt, which hears of the return
	came   bool   // the return
}

// mayReturn notes what a return of the message that was entered last looks like,
// unless it is settled already.
func (l *ledger) mayReturn(sum uint64, given bool) {
	if number := l.last(); number >= l.low && !l.receipt(number).settled() {
		l.returnable = append(l.returnable, returnable{number: number, sum: sum, given: given})
	}
}

// match finds the oldest open message that a return is of, and returns its
// receipt if the program has it.
func (l *ledger) match(sum uint64) *Receipt {
	for i := range l.returnable {
		m := &l.returnable[i]
		if m.sum != sum || m.came || l.receipt(m.number).settled() {
			continue
		}
		m.came = true
		if m.given {
			return l.receipt(m.number)
		}
		return nil
	}
	return nil
}
