package bench

import (
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/bench/words"
)

// TestTasksAreTold wants each scenario's task to survive the way to a client, and
// no two scenarios with the same name.
func TestTasksAreTold(t *testing.T) {
	names := map[string]bool{}
	for _, s := range Scenarios() {
		if names[s.String()] {
			t.Errorf("there are two scenarios %s", s)
		}
		names[s.String()] = true
		want, got := s.newTask(1000), Task{}
		want.Address = "127.0.0.1:5672"
		if err := words.Parse(got.fields(), words.Format(want.fields())); err != nil || got != want {
			t.Errorf("%+v is told as %+v: %v", want, got, err)
		}
	}
}

func TestResultIsTold(t *testing.T) {
	want := Result{
		Messages: 10, Wall: time.Second, CPU: time.Millisecond, Allocs: 30, Octets: 5, RSS: 4096,
		P50: 1, P99: 2, P999: 3, Max: 4,
	}
	got, err := parseResult(want.line() + "\n")
	if err != nil || got != want {
		t.Errorf("%+v is told as %+v: %v", want, got, err)
	}
	if got.WallEach() != 1e8 || got.CPUEach() != 1e5 || got.AllocsEach() != 3 || got.OctetsEach() != 0.5 {
		t.Errorf("per message: %v, %v, %v, %v", got.WallEach(), got.CPUEach(), got.AllocsEach(), got.OctetsEach())
	}
	for _, line := range []string{"wall_ns", "wall_ns=1s", "cpu=1"} {
		if r, err := parseResult(line); err == nil {
			t.Errorf("%q is taken for %+v", line, r)
		}
	}
}

// TestShare wants all messages shared out, as equally as can be, to all channels.
func TestShare(t *testing.T) {
	task := Task{Load: publishing.publishers(10).channels(4), Messages: 1003}
	parts := make(chan [2]int, task.Publishers)
	err := task.share(func(channel, messages int) error {
		parts <- [2]int{channel, messages}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sum, channels := 0, map[int]bool{}
	for range task.Publishers {
		p := <-parts
		sum += p[1]
		channels[p[0]] = true
		if p[1] < 100 || p[1] > 101 {
			t.Errorf("a publisher has %d messages", p[1])
		}
	}
	if sum != task.Messages || len(channels) != task.Channels {
		t.Errorf("%d messages on %d channels", sum, len(channels))
	}
}
