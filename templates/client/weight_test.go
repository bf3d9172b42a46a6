package client

import (
	"net"
	"runtime"
	"testing"
)

// held counts what there is: goroutines, and the octets of the heap.
func held() (goroutines int, heap uint64) {
	var m runtime.MemStats
	for range 2 { // what finalizers hold goes with the second
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return runtime.NumGoroutine(), m.HeapAlloc
}

// TestWeightOfAConnection holds what idle connections cost to their bounds: three
// goroutines, and 64 KiB of the heap.
func TestWeightOfAConnection(t *testing.T) {
	const (
		n          = 200
		goroutines = 3
		octets     = 64 << 10
	)
	goroutinesBefore, heapBefore := held()
	conns, servers := make([]*Connection, n), make([]net.Conn, n)
	for i := range conns {
		conns[i], servers[i] = connectToNobody(t, serverTune)
	}
	goroutinesAfter, heapAfter := held()
	each, weight := float64(goroutinesAfter-goroutinesBefore)/n, int(heapAfter-heapBefore)/n
	t.Logf("an idle connection: %.2f goroutines, %d octets of heap", each, weight)
	if each > goroutines || weight > octets {
		t.Errorf("an idle connection has %.2f goroutines and %d octets of heap; at most %d and %d are meant", each, weight, goroutines, octets)
	}
	for i, conn := range conns {
		leaveNobody(conn, servers[i])
	}
	checkLeaks(t)
}

// TestWeightOfAChannel holds what idle channels cost to their bounds: no goroutine,
// and 4 KiB of the heap.
func TestWeightOfAChannel(t *testing.T) {
	const (
		n      = 2000
		octets = 4 << 10
	)
	conn, server := connectToNobody(t, ConnectionTune{ChannelMax: n, FrameMax: 131072})
	channels := make([]*Channel, n)
	goroutinesBefore, heapBefore := held()
	over := make(chan struct{})
	go func() {
		defer close(over)
		p := &peer{t, server}
		for id := range uint16(n) {
			p.openChannel(id + 1)
		}
	}()
	for i := range channels {
		channels[i] = openOn(t, conn, nil)
	}
	<-over
	goroutinesAfter, heapAfter := held()
	weight := int(heapAfter-heapBefore) / n
	t.Logf("an idle channel: %d octets of heap", weight)
	if goroutinesAfter > goroutinesBefore || weight > octets {
		t.Errorf("an idle channel has %d octets of heap; at most %d are meant; %d goroutines came to be %d", weight, octets, goroutinesBefore, goroutinesAfter)
	}
	runtime.KeepAlive(channels)
	leaveNobody(conn, server)
	checkLeaks(t)
}

// connectToNobody connects to a peer whose goroutine ends with the handshake.
func connectToNobody(t *testing.T, tune ConnectionTune) (*Connection, net.Conn) {
	t.Helper()
	client, server := pipePair(t)
	over := make(chan struct{})
	go func() {
		defer close(over)
		(&peer{t, server}).handshake(tune)
	}()
	conn, err := dialConn(t.Context(), client, nil)
	if err != nil {
		t.Fatal(err)
	}
	<-over
	return conn, server
}

func leaveNobody(conn *Connection, server net.Conn) {
	conn.abort(ErrClosed)
	<-conn.Done()
	server.Close()
}
