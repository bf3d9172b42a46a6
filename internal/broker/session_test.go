package broker_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
	"github.com/amqpgen/amqpgen/internal/broker"
)

func TestAccessAndFlow(t *testing.T) {
	w := dialWire(t, start(t))
	w.opened()
	w.send(1, &amqp08.AccessRequest{Realm: "/data"})
	var granted amqp08.AccessRequestOK
	w.expect(&granted)
	same(t, "ticket", granted.Ticket, 1)
	w.send(1, &amqp08.ChannelFlow{Active: true})
	var flow amqp08.ChannelFlowOK
	w.expect(&flow)
	same(t, "active", flow.Active, true)
	w.send(1, &amqp08.ChannelFlow{})
	w.closes(amqp08.ReplyNotImplemented)
}

func TestHeartbeats(t *testing.T) {
	b := start(t)
	conn := dial(t, b, &amqp08.Config{Heartbeat: time.Second})
	w := dialWire(t, b)
	w.login(amqp08.ConnectionTuneOK{ChannelMax: 1, FrameMax: 4096, Heartbeat: 1})
	w.expect(new(amqp08.ConnectionOpenOK))
	f, err := amqp08.ReadFrame(w.nc, 4096)
	ok(t, err)
	same(t, "type", f.Type, byte(amqp08.FrameHeartbeat))
	begin := time.Now()
	for err == nil {
		_, err = amqp08.ReadFrame(w.nc, 4096)
	}
	if took := time.Since(begin); took > 4*time.Second {
		t.Errorf("silence ends the connection after %v", took)
	}
	ok(t, conn.Err())
}

func TestPipe(t *testing.T) {
	b := broker.New()
	here, there := net.Pipe()
	var served sync.WaitGroup
	served.Go(func() { b.Serve(there) })
	conn, err := amqp08.Dial(within(t), "amqp://pipe/", &amqp08.Config{
		Dialer: func(context.Context, string, string) (net.Conn, error) { return here, nil },
	})
	ok(t, err)
	ch := open(t, conn)
	queue := declare(t, ch, "", nil)
	publish(t, ch, "", queue, "x")
	same(t, "body", string(get(t, ch, queue).Body), "x")
	ok(t, conn.Close())
	served.Wait()
	ok(t, b.Close())
	noneLeft(t)
}

func TestCloseTellsTheClients(t *testing.T) {
	b := start(t)
	conn := dial(t, b, nil)
	ch := open(t, conn)
	queue := declare(t, ch, "", nil)
	var end error
	var consuming sync.WaitGroup
	consuming.Go(func() {
		for _, end = range ch.Consume(within(t), queue, nil) {
		}
	})
	ok(t, b.Close())
	ok(t, b.Close())
	<-conn.Done()
	consuming.Wait()
	refused(t, conn.Err(), amqp08.ScopeConnection, amqp08.ReplyConnectionForced)
	refused(t, end, amqp08.ScopeConnection, amqp08.ReplyConnectionForced)
	_, err := amqp08.Dial(within(t), b.URI(), nil)
	if err == nil {
		t.Error("a closed broker takes connections")
	}
}
