package bench

import (
	"fmt"
	"strings"

	"github.com/amqpgen/amqpgen/bench/peer"
)

// Flow is what is done with messages.
type Flow string

const (
	// Publish ends with closing the connection, so that the server has taken all.
	Publish Flow = "publish"
	// Confirm is Publish on a channel with confirms, and waits for them all.
	Confirm Flow = "confirm"
	// Consume takes the messages of a queue.
	Consume Flow = "consume"
	// ConfirmLatency takes the time from each publish to its confirm.
	ConfirmLatency Flow = "confirm-latency"
	// DeliverLatency takes the time from each publish to its delivery, which is
	// then acknowledged, over one channel.
	DeliverLatency Flow = "deliver-latency"
)

// Ack says how deliveries are acknowledged.
type Ack string

const (
	NoAck    Ack = "none"
	AckEach  Ack = "each"
	AckBatch Ack = "batch" // every half of the prefetch, at once
)

// Load is a flow and the factors that bear on its cost. A factor that the flow
// does not know is zero.
type Load struct {
	Flow       Flow
	Body       int // octets
	Properties peer.Properties
	Publishers int // goroutines that share the channels
	Channels   int
	Window     int // messages that may be without their confirm
	Ack        Ack
	Prefetch   int
	Borrow     bool // the body is valid until the next delivery, for who can
	Stream     bool // the body is read as it comes, by who can
	Rate       int  // messages per second; 0 means that each waits for the one before
}

// The loads around which one factor at a time varies.
var (
	publishing = Load{Flow: Publish, Body: 100, Properties: peer.Base, Publishers: 1, Channels: 1}
	confirming = Load{Flow: Confirm, Body: 100, Properties: peer.Base, Channels: 1, Window: 1000}
	consuming  = Load{Flow: Consume, Body: 100, Properties: peer.Base, Channels: 1, Ack: NoAck}
	acking     = Load{Flow: Consume, Body: 100, Properties: peer.Base, Channels: 1, Ack: AckEach, Prefetch: 100}
	confirmed  = Load{Flow: ConfirmLatency, Body: 100, Properties: peer.Base, Channels: 1}
	delivered  = Load{Flow: DeliverLatency, Body: 100, Properties: peer.Base, Channels: 1}
)

func (l Load) body(octets int) Load              { l.Body = octets; return l }
func (l Load) properties(p peer.Properties) Load { l.Properties = p; return l }
func (l Load) publishers(number int) Load        { l.Publishers = number; return l }
func (l Load) channels(number int) Load          { l.Channels = number; return l }
func (l Load) window(messages int) Load          { l.Window = messages; return l }
func (l Load) ack(how Ack) Load                  { l.Ack = how; return l }
func (l Load) prefetch(messages int) Load        { l.Prefetch = messages; return l }
func (l Load) borrow() Load                      { l.Borrow = true; return l }
func (l Load) stream() Load                      { l.Stream = true; return l }
func (l Load) rate(messages int) Load            { l.Rate = messages; return l }

// Latency reports whether the time of each message is what is looked for.
func (l Load) Latency() bool { return l.Flow == ConfirmLatency || l.Flow == DeliverLatency }

// Parameters are what tells loads of one flow apart.
func (l Load) Parameters() string {
	words := []string{fmt.Sprintf("body=%d", l.Body)}
	add := func(wanted bool, format string, args ...any) {
		if wanted {
			words = append(words, fmt.Sprintf(format, args...))
		}
	}
	add(l.Flow == Publish, "publishers=%d", l.Publishers)
	add(l.Channels > 1, "channels=%d", l.Channels)
	add(l.Flow == Confirm, "window=%d", l.Window)
	add(l.Ack == AckEach || l.Ack == AckBatch, "ack=%s/prefetch=%d", l.Ack, l.Prefetch)
	add(l.Properties != peer.Base, "properties=%s", l.Properties)
	add(l.Borrow, "borrow")
	add(l.Stream, "stream")
	add(l.Latency() && l.Rate == 0, "one-by-one")
	add(l.Rate > 0, "rate=%d", l.Rate)
	return strings.Join(words, "/")
}
