package live

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/rabbitmq"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

// TestKeeper hurts one broker in many ways under traffic over kept connections:
// no message that was confirmed is lost, each publish ends in one way, and all
// goes on afterwards. `make soak` does so for longer.
func TestKeeper(t *testing.T) {
	node := rabbit.Private(t)
	for _, fault := range []struct {
		name string
		do   func(*testing.T, *rabbit.Node)
	}{
		{"kill", keepOverKills},
		{"stop", keepOverStops},
		{"alarm", keepOverAlarms},
		{"shutdown", keepOverShutdowns},
		{"operator", keepOverOperator},
		{"deletion", keepOverDeletions},
	} {
		t.Run(fault.name, func(t *testing.T) { fault.do(t, node) })
	}
}

// keepOverKills kills the broker in mid-publish. The first confirm comes soon
// after the port is open again.
func keepOverKills(t *testing.T, node *rabbit.Node) {
	l := load(t, node, 0)
	n := times(t, "kills", 2, 200)
	var waits spread
	for range n {
		l.firstConfirm(time.Now())
		time.Sleep(rand.N(400 * time.Millisecond))
		must(t, node.Kill())
		opened := opening(node)
		restarted := make(chan error, 1)
		go func() { restarted <- node.Restart(t.Context()) }()
		open := <-opened
		waits = append(waits, l.firstConfirm(open).Sub(open))
		must(t, <-restarted)
	}
	l.endedBy(n, isTransport)
	report(t, "%d cycles; %v; port open to first confirm: %v", n, l.finish(), waits)
	if longest := 100 * time.Millisecond; n >= 100 && waits.quantile(99) > longest {
		t.Errorf("the first confirm takes more than %v in more than one of a hundred cycles", longest)
	}
}

// opening tells when the node's port takes connections.
func opening(node *rabbit.Node) <-chan time.Time {
	opened := make(chan time.Time, 1)
	go func() {
		for {
			nc, err := net.DialTimeout("tcp", node.Addr(), time.Second)
			if err == nil {
				opened <- time.Now()
				nc.Close()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	return opened
}

// keepOverAlarms has the broker run out of memory, so it says, again and again.
// Publishers wait meanwhile.
func keepOverAlarms(t *testing.T, node *rabbit.Node) {
	l := load(t, node, 0)
	n := times(t, "alarms", 3, 200)
	l.firstConfirm(time.Now())
	const on, off = 200 * time.Millisecond, 200 * time.Millisecond
	done := repeat(t, node, n, "A = {resource_limit, memory, node()}",
		fmt.Sprintf("rabbit_alarm:set_alarm({A, []}), timer:sleep(%d), rabbit_alarm:clear_alarm(A), timer:sleep(%d)", on.Milliseconds(), off.Milliseconds()))
	blocked := watchBlocked(t, l.keeper, done)
	l.firstConfirm(time.Now())
	l.endedBy(0, isTransport)
	report(t, "%d cycles; %v; blocked %d times", n, l.finish(), blocked)
	if blocked <= n/2 { // who publishes nothing meanwhile does not hear of it
		t.Errorf("blocked %d times in %d alarms", blocked, n)
	}
}

// watchBlocked counts how often the connection is blocked until done.
func watchBlocked(t *testing.T, k *rabbitmq.Keeper, done <-chan struct{}) (n int) {
	was := false
	for {
		select {
		case <-done:
			return n
		case <-time.After(5 * time.Millisecond):
		}
		conn, err := k.Connection(t.Context())
		must(t, err)
		_, is := conn.Blocked()
		if is && !was {
			n++
		}
		was = is
	}
}

// keepOverShutdowns has the broker end in good order, which it announces.
func keepOverShutdowns(t *testing.T, node *rabbit.Node) {
	l := load(t, node, 0)
	n := times(t, "shutdowns", 1, 20)
	for range n {
		l.firstConfirm(time.Now())
		<-repeat(t, node, 1, "ok = ok", "rabbit:stop(), rabbit:start()")
	}
	l.firstConfirm(time.Now())
	l.endedBy(n, isForced)
	report(t, "%d cycles; %v", n, l.finish())
}

// keepOverOperator has an operator close all connections.
func keepOverOperator(t *testing.T, node *rabbit.Node) {
	l := load(t, node, 0)
	n := times(t, "closes", 3, 200)
	l.firstConfirm(time.Now())
	<-repeat(t, node, n, "ok = ok", `rabbit_networking:close_connections(rabbit_networking:connections(), "by the operator"), timer:sleep(300)`)
	l.firstConfirm(time.Now())
	l.endedBy(n, isForced)
	report(t, "%d cycles; %v", n, l.finish())
}

// repeat has the broker evaluate Erlang expressions n times in the background:
// one rabbitmqctl, which takes a second to start, does them all.
func repeat(t *testing.T, node *rabbit.Node, n int, before, again string) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, err := node.Ctl(t.Context(), "--timeout", "3600", "eval", fmt.Sprintf("%s, [begin %s end || _ <- lists:seq(1, %d)], ok.", before, again, n))
		if err != nil {
			t.Error(err)
		}
	}()
	return done
}

func isTransport(err error) bool {
	var transport *rabbitmq.TransportError
	return errors.As(err, &transport)
}

func isForced(err error) bool { return errors.Is(err, rabbitmq.ReplyConnectionForced) }
