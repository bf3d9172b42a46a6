package client

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrClosed is the cause of everything that fails because this program closed
// the connection or the channel.
var ErrClosed = errors.New("closed by this program")

// ErrStop, returned by a handler, stops its consumer without an error.
var ErrStop = errors.New("stop consuming")

// OpError is the outermost error of every operation: what was asked for, and
// how far it got. Err tells the origin: a [*ServerError], [*TransportError],
// [*ProtocolError], [*VersionError], [*UsageError], [*HandlerError],
// [*ConsumerCancelledError], [ErrClosed], or what the context says. What Dial
// meets at an address is in an [*AddressError].
type OpError struct {
	Op      string // such as queue.declare or dial
	Channel uint16 // 0 for the connection
	Sent    Sent
	Err     error
}

func (e *OpError) Error() string {
	s := e.Op
	if e.Channel != 0 {
		s += " on channel " + strconv.Itoa(int(e.Channel))
	}
	s += ": " + e.Err.Error()
	if e.Sent == MaybeSent || e.Sent == NotSent && e.Channel != 0 {
		s += " (" + e.Sent.String() + ")"
	}
	return s
}

// Unwrap returns the origin.
func (e *OpError) Unwrap() error { return e.Err }

// Sent says how far a failed operation got.
type Sent uint8

// Only what is NotSent can be repeated without the risk of doing it twice.
const (
	NotSent   Sent = iota // nothing of it left this process
	MaybeSent             // it was queued, and may have reached the server or not
	WasSent               // the server saw it: it answered
)

// String says it in words.
func (s Sent) String() string {
	switch s {
	case NotSent:
		return "not sent"
	case MaybeSent:
		return "maybe sent"
	default:
		return "was sent"
	}
}

// Scope says what a server's error closed.
type Scope uint8

// A channel's error leaves the connection and its other channels intact.
const (
	ScopeChannel Scope = iota + 1
	ScopeConnection
)

// String names the scope.
func (s Scope) String() string {
	if s == ScopeChannel {
		return "channel"
	}
	return "connection"
}

// ServerError is the server's own word, from the close method that it sent.
// errors.Is(err, ReplyNotFound) and the like find its code.
type ServerError struct {
	Scope  Scope
	Code   ReplyCode
	Text   string
	Method MethodID // what it failed at; zero if the server does not say
}

func (e *ServerError) Error() string {
	s := fmt.Sprintf("the server closed the %s: %d %s", e.Scope, e.Code, e.Text)
	if e.Method != (MethodID{}) {
		s += " (at " + e.Method.String() + ")"
	}
	return s
}

// Unwrap returns the reply code.
func (e *ServerError) Unwrap() error { return e.Code }

// Error names the code, so that a code can be a target of errors.Is.
func (c ReplyCode) Error() string { return c.String() }

// TransportError is a failure of the network or of the peer to be there.
type TransportError struct {
	Stage string // dial, tls, handshake, read, write, heartbeat, close
	Err   error
}

func (e *TransportError) Error() string {
	text := e.Err.Error()
	if strings.HasPrefix(text, e.Stage) { // as package net says it
		return text
	}
	return e.Stage + ": " + text
}

// Unwrap returns the cause, such as a net.Error.
func (e *TransportError) Unwrap() error { return e.Err }

// FrameInfo tells which frame an error is about.
type FrameInfo struct {
	Type    byte
	Channel uint16
	Method  MethodID // of a method frame
}

// String describes the frame in a few words.
func (f FrameInfo) String() string {
	s := fmt.Sprintf("frame type %d on channel %d", f.Type, f.Channel)
	if f.Method != (MethodID{}) {
		s = fmt.Sprintf("%s on channel %d", f.Method, f.Channel)
	}
	return s
}

// ProtocolError says that the peer broke the rules. The connection ends.
type ProtocolError struct {
	Frame  FrameInfo
	Reason string
	Err    error // a *DecodeError if the frame's octets are at fault
}

func (e *ProtocolError) Error() string {
	s := "protocol violation by the peer: "
	if e.Frame != (FrameInfo{}) {
		s += e.Frame.String() + ": "
	}
	s += e.Reason
	if e.Err != nil {
		s += e.Err.Error()
	}
	return s
}

// shortly fits the error into a short string of ASCII, for the peer.
func (e *ProtocolError) shortly() string {
	s := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, e.Error())
	return s[:min(len(s), 255)]
}

// Unwrap returns the decoder's error, if there is one.
func (e *ProtocolError) Unwrap() error { return e.Err }

// DecodeError says where octets stop making sense.
type DecodeError struct {
	Offset int    // in the payload
	Path   string // such as queue.declare.arguments.x-max-length
	Reason string
}

func (e *DecodeError) Error() string {
	return fmt.Sprintf("%s: offset %d: %s", e.Path, e.Offset, e.Reason)
}

// UsageError says that the call cannot be sent as it stands. Nothing was sent,
// and the channel is intact.
type UsageError struct {
	Field, Reason string
}

func (e *UsageError) Error() string { return e.Field + " " + e.Reason }

// HandlerError is the error or panic of a consumer's own handler.
type HandlerError struct {
	ConsumerTag string
	DeliveryTag DeliveryTag
	Panic       any    // what the handler panicked with, or nil
	Stack       []byte // of the panic
	Err         error
}

func (e *HandlerError) Error() string {
	if e.Panic != nil {
		return fmt.Sprintf("the handler panicked at delivery %d of consumer %s: %v", e.DeliveryTag, e.ConsumerTag, e.Panic)
	}
	return fmt.Sprintf("the handler failed at delivery %d of consumer %s: %v", e.DeliveryTag, e.ConsumerTag, e.Err)
}

// Unwrap returns the handler's error.
func (e *HandlerError) Unwrap() error { return e.Err }

// ConsumerCancelledError ends a consumer that the server, or a Cancel of this
// program, took away, as when its queue is deleted.
type ConsumerCancelledError struct {
	ConsumerTag string
	ByServer    bool
}

func (e *ConsumerCancelledError) Error() string {
	if e.ByServer {
		return "the server cancelled consumer " + e.ConsumerTag
	}
	return "consumer " + e.ConsumerTag + " was cancelled"
}

// StaleDeliveryError says that a delivery cannot be settled any more, since its
// channel has ended: the server delivers the message again. Nothing was sent.
type StaleDeliveryError struct {
	DeliveryTag DeliveryTag
	Err         error // why the channel has ended
}

func (e *StaleDeliveryError) Error() string {
	return fmt.Sprintf("the channel of delivery %d has ended: %v", e.DeliveryTag, e.Err)
}

// Unwrap returns the cause of the channel's end.
func (e *StaleDeliveryError) Unwrap() error { return e.Err }

// OverflowError says that the server sent more than this side is ready to
// hold. What it came to is closed: the consumer, or the channel.
type OverflowError struct {
	What   string // such as: a message's octets
	Limit  int
	Remedy string // what the program can do about it, if anything
}

func (e *OverflowError) Error() string {
	s := fmt.Sprintf("%s exceed the limit of %d", e.What, e.Limit)
	if e.Remedy != "" {
		s += "; " + e.Remedy
	}
	return s
}
