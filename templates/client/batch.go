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
	e := &b.envelopes[a.envelope]
	to.BasicProperties, to.Body = e.properties, a.body
	to.ConsumerTag, to.DeliveryTag, to.Redelivered = c.tag, a.tag, a.redelivered
	to.Exchange, to.RoutingKey, to.BodySize = e.exchange, e.routingKey, a.stream.sizeOr(len(a.body))
	to.channel, to.consumer, to.stream = c.channel, c, a.stream
	to.noAck, to.settled = c.noAck, false
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
	b.arrivals = append(b.arrivals, arrival{envelope: uint32(len(b.envelopes) - 1)})
	return &b.arrivals[len(b.arrivals)-1], octets
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
