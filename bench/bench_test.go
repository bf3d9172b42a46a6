package bench

import (
	"os"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/bench/peer"
)

func TestMain(m *testing.M) {
	peer.MainIfPeer()
	os.Exit(m.Run())
}

func TestEveryMessageArrives(t *testing.T) {
	for _, s := range Scenarios() {
		for _, c := range []Contender{Rival, Ours, Limit} {
			if _, err := s.Run(c, 1000); err != nil {
				t.Error(err)
			}
		}
	}
}

// loser publishes one message less than it should.
type loser struct{ client }

func (c loser) publish(l load) error {
	l.messages--
	return c.client.publish(l)
}

func TestLossIsNoticed(t *testing.T) {
	c := Contender{"loser", func(address string) (client, error) {
		cl, err := dialAMQP08(address)
		return loser{cl}, err
	}}
	_, err := Scenario{Flow: Publish, Body: 100, Publishers: 1}.Run(c, 1000)
	if err == nil || !strings.HasSuffix(err.Error(), "1000 messages published, 999 received") {
		t.Errorf("the error is %v", err)
	}
}

func BenchmarkPublish(b *testing.B) { benchmark(b, Publish) }
func BenchmarkConsume(b *testing.B) { benchmark(b, Consume) }

func benchmark(b *testing.B, flow Flow) {
	for _, s := range Scenarios() {
		if s.Flow != flow {
			continue
		}
		for _, c := range []Contender{Rival, Ours, Limit} {
			b.Run(s.Parameters()+"/client="+c.Name, func(b *testing.B) {
				b.ReportAllocs()
				cost, err := s.Run(c, b.N)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(cost.Wall, "ns/op")
				b.ReportMetric(cost.CPU, "cpu-ns/op")
				b.ReportMetric(cost.Octets, "B/op")
				b.ReportMetric(cost.Allocs, "allocs/op")
			})
		}
	}
}
