package client

// Stats counts what has gone over a connection since its beginning.
type Stats struct {
	ReadOctets, WrittenOctets uint64
	ReadFrames, QueuedFrames  uint64

	Published uint64 // messages that stand or stood whole in the outgoing buffer
	Confirmed uint64 // of these the server has taken charge of, and delivered or stored
	Nacked    uint64 // of these it has refused
	Returned  uint64 // that came back
	Delivered uint64 // that came to consumers

	Channels int // open now
}

// Stats returns the counters of the connection. Confirmed and Nacked count on
// channels with confirms or transactions.
func (c *Connection) Stats() Stats {
	s := Stats{Channels: c.countChannels()}
	c.w.addTo(&s)
	c.r.addTo(&s)
	return s
}

// countChannels does not count what stands for the connection itself.
func (c *Connection) countChannels() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, ch := range c.channels[1:] {
		if ch != nil {
			n++
		}
	}
	return n
}

// sent counts what the writer queues, under its lock.
type sent struct {
	frames    uint64
	published uint64
	fates     fateCounts
}

// fateCounts counts messages by what became of them.
type fateCounts [lost + 1]uint64

func (w *writer) addTo(s *Stats) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s.WrittenOctets, s.QueuedFrames = w.written, w.sent.frames
	s.Published, s.Confirmed, s.Nacked = w.sent.published, w.sent.fates[accepted], w.sent.fates[refused]
}

// received counts what the reader takes. It does so for itself, and shows it
// after each read.
type received struct {
	octets, frames      uint64
	delivered, returned uint64
}

func (r *reader) show() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shown = r.received
}

func (r *reader) addTo(s *Stats) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.ReadOctets, s.ReadFrames = r.shown.octets, r.shown.frames
	s.Delivered, s.Returned = r.shown.delivered, r.shown.returned
}
