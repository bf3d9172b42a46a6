package live

import (
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/rabbitmq"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

// TestCluster kills the leader of a quorum queue, and has it join again: what
// was confirmed is with the others, and all goes on there.
func TestCluster(t *testing.T) {
	n := times(t, "leaders", 0, 5)
	if n == 0 {
		t.Skip("a cluster takes long to start: AMQPGEN_LEADERS=1, or make soak")
	}
	nodes := rabbit.PrivateCluster(t, 3)
	config := &rabbitmq.Config{}
	for _, node := range nodes {
		config.Addresses = append(config.Addresses, node.Addr())
	}
	l := newTraffic(t, nodes[0].URI(), config)
	l.arguments = rabbitmq.TableOf(map[string]any{"x-queue-type": "quorum"})
	l.fallible = true // while nobody leads it
	l.start()
	var waits spread
	for range n {
		l.firstConfirm(time.Now())
		leader, err := rabbit.Leader(t.Context(), nodes, l.queue)
		must(t, err)
		killed := time.Now()
		must(t, leader.Kill())
		waits = append(waits, l.firstConfirm(time.Now()).Sub(killed))
		must(t, leader.Restart(t.Context()))
	}
	report(t, "%d cycles; %v; leader killed to first confirm: %v", n, l.finish(), waits)
}
