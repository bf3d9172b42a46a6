package peer

import "github.com/amqpgen/amqpgen/bench/words"

// Counts are what the peer can tell about connections when they have ended.
type Counts struct {
	Received int // messages that are complete
	Octets   int // of their content, see [ContentSize]
	Acked    int // deliveries that were acknowledged
}

func (c *Counts) fields() []words.Field {
	return []words.Field{{Key: "received", Value: &c.Received}, {Key: "octets", Value: &c.Octets}, {Key: "acked", Value: &c.Acked}}
}

func (c *Counts) add(more Counts) {
	c.Received += more.Received
	c.Octets += more.Octets
	c.Acked += more.Acked
}
