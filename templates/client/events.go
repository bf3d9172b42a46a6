package client

import "sync"

// ChannelEvents is what a program wants to hear of what the server sends of
// its own accord. The functions run one at a time, in the order in which things
// came, on a goroutine of the channel's; they may call anything, Close too.
type ChannelEvents struct {
	// OnReturn gets the messages that were published as mandatory or immediate
	// and could not be delivered. Without it nothing can be published so.
	OnReturn func(Return)
	// OnAlert gets the server's warnings, in versions of the protocol that have
	// channel.alert.
	OnAlert func(Method)
	// OnOther gets all else, such as the deliveries of classes that the runtime
	// does not know. Without it such a method is a violation of the protocol.
	OnOther func(Method, Content)
}

// event is something for the program to hear.
type event struct {
	method  Method
	content Content
	call    func() // instead of OnOther
	octets  int
}

const (
	mostEvents      = 1 << 16
	mostEventOctets = 64 << 20
)

// outbox holds events until the program has heard them. A goroutine of its
// own calls the program while there are any.
type outbox struct {
	mu      sync.Mutex
	events  []event
	octets  int
	calling bool
	ended   bool
}

// put adds an event. It reports whether there was room for it, and whether
// somebody must start to call.
func (o *outbox) put(e event) (ok, start bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended {
		return true, false
	}
	if len(o.events) >= mostEvents || o.octets+e.octets > mostEventOctets {
		return false, false
	}
	o.events = append(o.events, e)
	o.octets += e.octets
	start = !o.calling
	o.calling = true
	return true, start
}

// take removes the events that are there; none ends the calling.
func (o *outbox) take() []event {
	o.mu.Lock()
	defer o.mu.Unlock()
	events := o.events
	o.events, o.octets = nil, 0
	o.calling = len(events) > 0
	return events
}

// run has the program hear the events, until there are none.
func (o *outbox) run(other func(Method, Content)) {
	for {
		events := o.take()
		if len(events) == 0 {
			return
		}
		for _, e := range events {
			if e.call != nil {
				e.call()
			} else {
				other(e.method, e.content)
			}
		}
	}
}

// end takes no more events; what is there will still be heard.
func (o *outbox) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
}

// emit leaves an event, made of the method and content that came last, to the
// program.
func (c *Channel) emit(e event) {
	e.octets = c.in.octets + len(e.content.Body)
	ok, start := c.outbox.put(e)
	if !ok {
		c.giveUp(&OverflowError{What: "events that the program has not heard", Limit: mostEvents, Remedy: "have the functions of ChannelEvents return sooner"})
		return
	}
	if start {
		go c.outbox.run(c.events.OnOther)
	}
}
