package broker

import (
	"net"
	"sync"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// enough is how many octets may wait for a client before its requests wait too, and deliveries to it.
const enough = 1 << 20

// outbox holds what waits to be written to a client. Adding to it never waits.
type outbox struct {
	frameMax int
	wake     chan struct{} // there is something to write, or no more will come
	room     chan struct{} // something was written

	mu      sync.Mutex
	buf     []byte
	starved bool // a delivery was held back for want of room
	over    bool // nothing more comes
}

func newOutbox() *outbox {
	return &outbox{wake: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// signal leaves a token for whoever waits, if there is none yet.
func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// send queues a method.
func (o *outbox) send(channel uint16, m amqp08.Method) { o.put(methodFrame(nil, channel, m)) }

// sendContent queues a method and its content, which nothing can come between.
func (o *outbox) sendContent(channel uint16, m amqp08.Method, msg *message) {
	b := methodFrame(nil, channel, m)
	header := amqp08.ContentHeader{ClassID: amqp08.ClassBasic, BodySize: uint64(len(msg.body)), Properties: msg.properties}
	b = frame(b, amqp08.FrameHeader, channel, must(header.AppendBinary(nil)))
	const around = 8 // octets of a frame that are not payload
	for body := msg.body; len(body) > 0; {
		n := min(len(body), o.frameMax-around)
		b = frame(b, amqp08.FrameBody, channel, body[:n])
		body = body[n:]
	}
	o.put(b)
}

func methodFrame(b []byte, channel uint16, m amqp08.Method) []byte {
	return frame(b, amqp08.FrameMethod, channel, must(m.AppendBinary(nil)))
}

func frame(b []byte, kind byte, channel uint16, payload []byte) []byte {
	return must(amqp08.Frame{Type: kind, Channel: channel, Payload: payload}.AppendBinary(b))
}

// must is for encoding what was decoded before, or what the broker made up to fit.
func must(b []byte, err error) []byte {
	if err != nil {
		panic("broker: " + err.Error())
	}
	return b
}

func (o *outbox) put(b []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.over {
		o.buf = append(o.buf, b...)
		signal(o.wake)
	}
}

// full reports whether deliveries are to be held back. It remembers that one was.
func (o *outbox) full() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	full := len(o.buf) >= enough
	o.starved = o.starved || full
	return full
}

// await waits until less than enough octets wait, or until over is closed.
func (o *outbox) await(over <-chan struct{}) {
	for o.size() >= enough {
		select {
		case <-o.room:
		case <-over:
			return
		}
	}
}

func (o *outbox) size() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.buf)
}

// finish lets nothing more come.
func (o *outbox) finish() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over = true
	signal(o.wake)
}

// write writes what comes until there is no more, and heartbeats. Where deliveries were held back, it
// calls resume once there is room.
func (o *outbox) write(nc net.Conn, interval time.Duration, resume func()) {
	beat, stop := beats(interval)
	defer stop()
	var spare []byte
	for {
		select {
		case <-o.wake:
		case <-beat:
			o.put(frame(nil, amqp08.FrameHeartbeat, 0, nil))
		}
		b, starved, over := o.take(spare)
		if _, err := nc.Write(b); err != nil {
			o.fail(nc)
			return
		}
		spare = b
		signal(o.room)
		if over {
			return
		}
		if starved {
			resume()
		}
	}
}

// beats ticks twice a heartbeat interval, or never.
func beats(interval time.Duration) (<-chan time.Time, func()) {
	if interval == 0 {
		return nil, func() {}
	}
	t := time.NewTicker(interval / 2)
	return t.C, t.Stop
}

// take removes what waits, in exchange for a buffer to gather the next in.
func (o *outbox) take(spare []byte) (b []byte, starved, over bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	b, starved = o.buf, o.starved
	o.buf, o.starved = spare[:0], false
	return b, starved, o.over
}

// fail drops what waits, after a write has failed, and breaks off the reading side as well.
func (o *outbox) fail(nc net.Conn) {
	o.mu.Lock()
	o.over, o.buf = true, nil
	o.mu.Unlock()
	signal(o.room)
	nc.Close()
}
