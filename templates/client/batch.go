package client

// arrival is a delivery as it waits for the program: what it has for itself.
type arrival struct {
	tag         DeliveryTag
	envelope    uint32 // its number within the batch
	redelivered bool
	body        []byte
	stream      *bodyStream // instead of body
}

// envelope is what a delivery often has in common with the one before.
type envelope struct {
	exchange, routingKey string
	properties           BasicProperties
}

const (
	arrivalSize  = 64  // octets, roughly
	envelopeSize = 256 // octets, roughly, without what it points to
)

// batch is what waits for the program: deliveries, and the memory of their
// bodies if those are borrowed.
type batch struct {
	arrivals  []arrival
	envelopes []envelope
	edition   uint64 // of the last envelope, see [inbound.edition]
	bodies    arena
}

// delivery makes the program's view of an arrival.
func (b *batch) delivery(i int, c *consumer, to *Delivery) {
	a := &b.arrivals[i]
	b.envelopes[a.envelope].show(c, to)
	a.show(to)
}

// show puts into a delivery what it has in common with others.
func (e *envelope) show(c *consumer, to *Delivery) {
	to.BasicProperties = e.properties
	to.ConsumerTag, to.Exchange, to.RoutingKey = c.tag, e.exchange, e.routingKey
	to.channel, to.consumer, to.noAck = c.channel, c, c.noAck
}

// show puts into a delivery what it has for itself.
func (a *arrival) show(to *Delivery) {
	to.DeliveryTag, to.Redelivered, to.settled = a.tag, a.redelivered, false
	to.Body, to.BodySize, to.stream = a.body, a.stream.sizeOr(len(a.body)), a.stream
}

// add appends an arrival, to be filled in, and its envelope unless that is the
// last one's. It returns how many octets of memory they take.
func (b *batch) add(e *envelope, edition uint64) (a *arrival, octets int) {
	octets = arrivalSize
	if b.edition != edition {
		b.envelopes = append(b.envelopes, *e)
		b.edition = edition
		octets += envelopeSize
	}
	b.arrivals = append(b.arrivals, arrival{}) // filled in where it stands, since to copy what was just written takes long
	a = &b.arrivals[len(b.arrivals)-1]
	a.envelope = uint32(len(b.envelopes) - 1)
	return a, octets
}

// reset readies a batch to be filled again.
func (b *batch) reset() {
	clear(b.arrivals)
	clear(b.envelopes)
	b.arrivals, b.envelopes, b.edition = b.arrivals[:0], b.envelopes[:0], 0
	b.bodies.reset()
}

// join moves to the end what another batch holds, and leaves that one empty.
func (b *batch) join(other *batch) {
	for i := range other.arrivals {
		other.arrivals[i].envelope += uint32(len(b.envelopes))
	}
	b.arrivals = append(b.arrivals, other.arrivals...)
	b.envelopes = append(b.envelopes, other.envelopes...)
	b.bodies.join(&other.bodies)
	clear(other.arrivals)
	clear(other.envelopes)
	other.arrivals, other.envelopes, other.edition = other.arrivals[:0], other.envelopes[:0], 0
}
