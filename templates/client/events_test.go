package client

import (
	"reflect"
	"testing"
	"time"
)

// TestOther has the server send what the runtime has no code for, with content
// and without.
func TestOther(t *testing.T) {
	type came struct {
		Method
		Content
	}
	deliver := &StreamDeliver{ConsumerTag: "c", DeliveryTag: 3, Queue: "q"}
	properties := &StreamProperties{ContentType: "text/plain", Present: StreamHasContentType}
	conn := connect(t, nil, func(p *peer) {
		p.openChannel(1)
		p.write(appendContent(t, nil, 1, deliver, properties, []byte("body")))
		p.send(1, &TestInteger{Integer1: 7})
		p.closeConnection()
	})
	heard := make(chan came, 2)
	openOn(t, conn, &ChannelEvents{OnOther: func(m Method, c Content) { heard <- came{m, c} }})
	inTime(t, "both", time.Second, func() {
		if got := <-heard; !reflect.DeepEqual(got.Method, deliver) || !reflect.DeepEqual(got.Properties, properties) || string(got.Body) != "body" {
			t.Errorf("got %v %+v %q", got.Method, got.Properties, got.Body)
		}
		if got := <-heard; got.Method.ID() != (&TestInteger{}).ID() || got.Properties != nil {
			t.Errorf("got %v %v", got.Method, got.Content)
		}
	})
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
