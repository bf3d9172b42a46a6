package bench

import "github.com/amqpgen/amqpgen/bench/peer"

// Server is the other end.
type Server string

const (
	Peer     Server = "peer"     // package peer
	RabbitMQ Server = "rabbitmq" // a private one, on the loopback address
)

// Scenario is what is measured: a load, with a server.
type Scenario struct {
	Server Server
	Load
	// Base marks the loads around which the others vary; slow contenders take
	// part in these alone.
	Base bool
}

// scenarios is what there is to measure: around each base, one factor at a time.
var scenarios = []struct {
	server Server
	base   Load
	varied []Load
}{
	{Peer, publishing, []Load{
		publishing.body(0), publishing.body(1 << 10), publishing.body(16 << 10), publishing.body(1 << 20),
		publishing.publishers(10), publishing.publishers(100), publishing.publishers(100).channels(100),
		publishing.properties(peer.None), publishing.properties(peer.Full),
	}},
	{Peer, confirming, []Load{confirming.window(100), confirming.window(10_000)}},
	{Peer, consuming, []Load{
		consuming.body(0), consuming.body(1 << 10), consuming.body(16 << 10), consuming.body(1 << 20),
		consuming.borrow(), consuming.body(16 << 10).borrow(), consuming.body(1 << 20).borrow(), consuming.body(1 << 20).stream(),
		consuming.properties(peer.None), consuming.properties(peer.Full),
	}},
	{Peer, acking, []Load{acking.prefetch(1), acking.prefetch(1000), acking.ack(AckBatch)}},
	{Peer, confirmed, []Load{confirmed.rate(1000), confirmed.rate(10_000)}},
	{Peer, delivered, []Load{delivered.rate(1000), delivered.rate(10_000)}},

	{RabbitMQ, publishing, []Load{publishing.body(1 << 10)}},
	{RabbitMQ, confirming, nil},
	{RabbitMQ, consuming, []Load{consuming.body(16 << 10)}},
	{RabbitMQ, acking, []Load{acking.ack(AckBatch)}},
	{RabbitMQ, confirmed, []Load{confirmed.rate(1000), confirmed.rate(10_000)}},
	{RabbitMQ, delivered, []Load{delivered.rate(1000), delivered.rate(10_000)}},
}

// Scenarios lists what there is to measure.
func Scenarios() []Scenario {
	var out []Scenario
	for _, s := range scenarios {
		out = append(out, Scenario{s.server, s.base, true})
		for _, l := range s.varied {
			out = append(out, Scenario{s.server, l, false})
		}
	}
	return out
}

// String is the scenario's name: flow and parameters, after broker/ if RabbitMQ
// is the server.
func (s Scenario) String() string {
	name := string(s.Flow) + "/" + s.Parameters()
	if s.Server == RabbitMQ {
		return "broker/" + name
	}
	return name
}
