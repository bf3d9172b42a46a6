package live

import (
	"context"
	"fmt"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/rabbitmq"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

// dialLabelled connects such that servants finds the goroutines of the
// connection: they inherit the label.
func dialLabelled(t *testing.T, node *rabbit.Node, config *rabbitmq.Config) *rabbitmq.Connection {
	t.Helper()
	var conn *rabbitmq.Connection
	var err error
	pprof.Do(bounded(t), pprof.Labels("test", t.Name()), func(ctx context.Context) {
		conn, err = rabbitmq.Dial(ctx, node.URI(), config)
	})
	must(t, err)
	return conn
}

// servants counts the goroutines of the test's labelled connections.
func servants(t *testing.T) (n int) {
	t.Helper()
	var text strings.Builder
	must(t, pprof.Lookup("goroutine").WriteTo(&text, 1))
	for kind := range strings.SplitSeq(text.String(), "\n\n") {
		var alike int
		if _, err := fmt.Sscanf(kind, "%d @", &alike); err == nil && strings.Contains(kind, fmt.Sprintf("%q", t.Name())) {
			n += alike
		}
	}
	return n
}

// expectServants wants so many goroutines for the labelled connections, a second
// from now at the latest.
func expectServants(t *testing.T, want int) {
	t.Helper()
	for end := time.Now().Add(time.Second); servants(t) != want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines serve the connection, want %d", servants(t), want)
		}
	}
}
