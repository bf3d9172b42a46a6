package linear

import (
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/bench/measure"
	"github.com/amqpgen/amqpgen/bench/peer"
	"github.com/amqpgen/amqpgen/model"
	"github.com/amqpgen/amqpgen/parser"
	"github.com/amqpgen/amqpgen/specs"
)

func TestMain(m *testing.M) {
	peer.MainIfPeer()
	os.Exit(m.Run())
}

func TestSlope(t *testing.T) {
	sizes := []int{1, 10, 30, 1000, 20_000}
	for _, power := range []float64{0, 0.5, 1, 2} {
		var costs []float64
		for _, size := range sizes {
			costs = append(costs, 7*math.Pow(float64(size), power))
		}
		if got := slope(sizes, costs); math.Abs(got-power) > 1e-9 {
			t.Errorf("the slope of a power of %v is %v", power, got)
		}
	}
}

// TestSlopeOfNoise leaves out a round in which nothing is left of a cost, and says
// so if that is all there are.
func TestSlopeOfNoise(t *testing.T) {
	c := &curve{sizes: []int{1, 10}, rounds: []measure.Values{{1, -3, 1}, {10, 10, 10}}}
	if got := c.slopes(0); len(got) != 2 || math.Abs(got.Median()-1) > 1e-9 {
		t.Errorf("slopes %v", got)
	}
	c.rounds[0] = measure.Values{0, 0, 0}
	if got := c.slopes(0); !math.IsNaN(got.Median()) {
		t.Errorf("slopes of nothing: %v", got)
	}
}

// TestCurve has a cost that is known: so many microseconds for the piece, and
// a thousand on top.
func TestCurve(t *testing.T) {
	c := &curve{what: "work", unit: "pieces", sizes: []int{10, 1000, 100_000}, large: 1000}
	done := 0
	c.cost = func(size, times int) (time.Duration, error) {
		done += times
		return time.Duration(times*(1000+size)) * time.Microsecond, nil
	}
	if err := measureAll([]*curve{c}, 2); err != nil {
		t.Fatal(err)
	}
	if c.times[0] < 20 || c.times[2] != 1 || done == 0 {
		t.Errorf("each size is done %v times", c.times)
	}
	var b strings.Builder
	write(&b, []*curve{c})
	for _, want := range []string{
		"| work | 10 to 100000 pieces | 0.50 (0.50–0.50) | missed |",
		"| work | 1000 to 100000 pieces | 0.85 (0.85–0.85) | held |",
		"| work | 10 pieces | 101000 | 1.00 (1.00–1.00) |",
		"| work | 100000 pieces | 1010 | 0.01 (0.01–0.01) |",
	} {
		if !strings.Contains(b.String(), want+"\n") {
			t.Errorf("no row %s in\n%s", want, &b)
		}
	}
}

// TestNothingIsLost does everything with the peer that the report does, at small
// sizes; what is lost would be an error.
func TestNothingIsLost(t *testing.T) {
	for name, cost := range map[string]func(size, times int) (time.Duration, error){
		"connections": connections, "channels": channels, "publishes": publishes, "consumes": consumes,
	} {
		for _, size := range []int{1, 20, 200} {
			if _, err := cost(size, 2); err != nil {
				t.Errorf("%s, %d: %v", name, size, err)
			}
		}
	}
	for _, octets := range []int{0, 200_000, 3_000_000} { // no frame, and more than one
		if _, err := publishes(octets, 2); err != nil {
			t.Errorf("publish %d octets: %v", octets, err)
		}
		if _, err := consumes(octets, 2); err != nil {
			t.Errorf("consume %d octets: %v", octets, err)
		}
	}
	err := arriving(3, func(uri string) error { return openAndClose(uri, 2) })
	if err == nil || err.Error() != "3 messages were published, 2 arrived" {
		t.Errorf("a loss gives the error %v", err)
	}
}

func TestMethodsAreAdded(t *testing.T) {
	src, overlays, err := specs.Open(base)
	if err != nil {
		t.Fatal(err)
	}
	count := func(data []byte) (methods int) {
		t.Helper()
		src.Data = data
		spec, err := parser.Parse(src, specs.Facts, overlays...)
		if err != nil {
			t.Fatal(err)
		}
		for _, class := range spec.Body.(*model.Classic).Classes {
			methods += len(class.Methods)
		}
		return methods
	}
	published := src.Data
	before := count(published)
	for _, more := range []int{0, 10, perClass, 1000} {
		if got := count(withMethods(published, more)) - before; got != more {
			t.Errorf("%d methods are added, want %d", got, more)
		}
	}
}

func TestSpecificationsAreGenerated(t *testing.T) {
	dir := t.TempDir()
	curves, err := curves(dir)
	if err != nil {
		t.Fatal(err)
	}
	generate := curves[len(curves)-1]
	if _, err := generate.cost(30, 1); err != nil {
		t.Error(err)
	}
}
