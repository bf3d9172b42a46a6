// Package peer is the other end of what is measured: a process of its own, so
// that none of its work counts as the client's. It plays a server's half of
// AMQP 0-8 and 0-9-1 as far as publishing and consuming need it:
//
//   - It counts the messages that it is sent, and drops them. On a channel with
//     confirms it answers for all that one read of its socket has brought.
//   - It pushes ready-made deliveries as fast as they are taken; to a consumer
//     that acknowledges, no more than its prefetch allows. See [QueueName].
//   - What is published while a queue has a consumer that does not name such
//     deliveries is delivered to it. Here the prefetch does not count.
//
// A connection that greets with [Bare] has no handshake; it is for programs that
// write and read ready-made frames.
package peer

const (
	RoutingKey  = "bench" // of every message; also the name of the queue that it leads to
	ConsumerTag = "bench"
)

// Bare is the greeting of a connection without a handshake, in the place of a
// protocol header.
var Bare = [8]byte{'B', 'A', 'R', 'E'}

// What RabbitMQ proposes, but for the heartbeat: there is none.
const (
	channelMax = 2047
	frameMax   = 128 << 10
)
