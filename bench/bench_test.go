package bench

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/internal/process"
)

// suite is what all tests share.
var suite *Suite

func TestMain(m *testing.M) {
	MainIfChild()
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	var err error
	if suite, err = Open(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if err := suite.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return max(code, 1)
	}
	return code
}

// TestNothingIsMissing skips, or fails if AMQPGEN_REQUIRE_LIVE is 1, once for
// each contender and server that is left out.
func TestNothingIsMissing(t *testing.T) {
	for i, err := range suite.Missing() {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) { process.Need(t, err) })
	}
}

// TestEveryMessageArrives has all contenders run all scenarios with few messages:
// with RabbitMQ, only the base of each flow.
func TestEveryMessageArrives(t *testing.T) {
	t.Parallel()
	for _, server := range []Server{Peer, RabbitMQ} {
		t.Run(string(server), func(t *testing.T) {
			t.Parallel()
			for _, s := range Scenarios() {
				if s.Server == server && (s.Base || server == Peer) && suite.Can(s) {
					testScenario(t, s)
				}
			}
		})
	}
}

func testScenario(t *testing.T, s Scenario) {
	for _, c := range suite.Contenders(s) {
		t.Run(s.String()+"/client="+c.Name, func(t *testing.T) {
			r, err := suite.Run(t.Context(), s, c, few(s))
			if err != nil {
				t.Fatal(err)
			}
			if r.Messages != few(s) || r.Wall <= 0 || r.CPU <= 0 || r.RSS <= 0 || s.Latency() != (r.Max > 0) {
				t.Errorf("the result is %+v", r)
			}
		})
	}
}

// few is a number of messages that goes beyond windows and prefetches, and no
// further.
func few(s Scenario) int {
	switch {
	case s.Body >= 1<<20:
		return 5
	case s.Rate > 0:
		return s.Rate / 100
	case s.Latency():
		return 20
	}
	return 1234
}

// loser publishes one message less than it should.
type loser struct{ client }

func (c loser) run(t Task, l *latencies) error {
	t.Messages--
	return c.client.run(t, l)
}

// fatter publishes what is one octet larger than it should be.
type fatter struct{ client }

func (c fatter) run(t Task, l *latencies) error {
	t.Body++
	return c.client.run(t, l)
}

func TestLossIsNoticed(t *testing.T) {
	lose := func(c client) client { return loser{c} }
	fatten := func(c client) client { return fatter{c} }
	for _, c := range []struct {
		load  Load
		dial  dial
		spoil func(client) client
		want  string
	}{
		{publishing, dialAMQP08, lose, "1000 messages published, 999 received"},
		{publishing, dialAMQP08, fatten, "the messages have 127000 octets, not 126000"},
		{confirming, dialRabbitMQ, lose, "1000 messages published, 999 received"},
		{acking, dialAMQP091, lose, "1000 messages consumed, 999 acknowledged"},
	} {
		spoilt := Contender{Name: "spoilt", dial: func(t Task) (client, error) {
			cl, err := c.dial(t)
			return c.spoil(cl), err
		}}
		_, err := suite.RunHere(Scenario{Peer, c.load, false}, spoilt, 1000)
		if err == nil || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("the error is %v, want %s", err, c.want)
		}
	}
}

func BenchmarkPublish(b *testing.B)        { benchmark(b, Publish) }
func BenchmarkConfirm(b *testing.B)        { benchmark(b, Confirm) }
func BenchmarkConsume(b *testing.B)        { benchmark(b, Consume) }
func BenchmarkConfirmLatency(b *testing.B) { benchmark(b, ConfirmLatency) }
func BenchmarkDeliverLatency(b *testing.B) { benchmark(b, DeliverLatency) }

// benchmark runs the contenders in Go within this process, with the peer.
func benchmark(b *testing.B, flow Flow) {
	for _, s := range Scenarios() {
		if s.Flow != flow || s.Server != Peer {
			continue
		}
		for _, c := range suite.Contenders(s) {
			if !c.Go() {
				continue
			}
			b.Run(s.Parameters()+"/client="+c.Name, func(b *testing.B) {
				b.ReportAllocs()
				r, err := suite.RunHere(s, c, b.N)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(r.WallEach(), "ns/op")
				b.ReportMetric(r.CPUEach(), "cpu-ns/op")
				b.ReportMetric(r.OctetsEach(), "B/op")
				b.ReportMetric(r.AllocsEach(), "allocs/op")
			})
		}
	}
}
