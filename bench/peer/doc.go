// Package peer is the other end of what is measured: a process of its own, so
// that none of its work counts as the client's. It plays a server's half of
// AMQP 0-8 and 0-9-1 as far as publishing and consuming on channel 1 need it:
// it counts the messages that it is sent and drops them, and it pushes
// deliveries as fast as they are taken. A connection that greets with [Bare]
// has no handshake; it is for programs that write and read ready-made frames.
package peer

// What every message has. Bodies are to fit one frame.
const (
	RoutingKey   = "bench"
	ConsumerTag  = "bench"
	ContentType  = "text/plain"
	DeliveryMode = 2 // persistent
)

// Bare is the greeting of a connection without a handshake, in the place of a
// protocol header.
var Bare = [8]byte{'B', 'A', 'R', 'E'}

// What RabbitMQ proposes, but for the heartbeat: there is none.
const (
	channelMax = 2047
	frameMax   = 128 << 10
)
