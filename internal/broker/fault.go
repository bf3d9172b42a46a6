package broker

import (
	"errors"
	"fmt"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// Reply codes that brokers send although AMQP 0-8 does not list them.
const (
	replyNoRoute            amqp08.ReplyCode = 312
	replyPreconditionFailed amqp08.ReplyCode = 406
	replyUnexpectedFrame    amqp08.ReplyCode = 505
)

// fault is why the broker closes a channel or a connection.
type fault struct {
	scope  amqp08.Scope
	code   amqp08.ReplyCode
	text   string
	method amqp08.MethodID

	garbled bool // what the client says after this makes no sense
}

func (f *fault) Error() string { return fmt.Sprintf("%d %s", f.code, f.text) }

// soft closes the channel.
func soft(code amqp08.ReplyCode, format string, args ...any) error {
	return newFault(amqp08.ScopeChannel, code, fmt.Sprintf(format, args...))
}

// hard closes the connection.
func hard(code amqp08.ReplyCode, format string, args ...any) error {
	return newFault(amqp08.ScopeConnection, code, fmt.Sprintf(format, args...))
}

// garbled closes a connection whose frames are out of step.
func garbled(err *amqp08.DecodeError) error {
	f := newFault(amqp08.ScopeConnection, amqp08.ReplyFrameError, err.Reason)
	f.garbled = true
	return f
}

// newFault makes the text what RabbitMQ's looks like, and short enough for the wire.
func newFault(scope amqp08.Scope, code amqp08.ReplyCode, text string) *fault {
	text = codeName(code) + " - " + text
	return &fault{scope: scope, code: code, text: text[:min(len(text), 255)]}
}

func (f *fault) connectionClose() *amqp08.ConnectionClose {
	return &amqp08.ConnectionClose{ReplyCode: f.code, ReplyText: f.text, ClassID: f.method.Class, MethodID: f.method.Method}
}

func (f *fault) channelClose() *amqp08.ChannelClose {
	return &amqp08.ChannelClose{ReplyCode: f.code, ReplyText: f.text, ClassID: f.method.Class, MethodID: f.method.Method}
}

func codeName(code amqp08.ReplyCode) string {
	switch code {
	case replyPreconditionFailed:
		return "PRECONDITION_FAILED"
	case replyUnexpectedFrame:
		return "UNEXPECTED_FRAME"
	}
	return code.String()
}

func missing(kind, name string) error {
	return soft(amqp08.ReplyNotFound, "no %s '%s' in vhost '/'", kind, name)
}

func notImplemented(m amqp08.Method) error {
	return hard(amqp08.ReplyNotImplemented, "%s", m.ID())
}

// at notes which method a fault is about, if it does not say so itself.
func at(id amqp08.MethodID, err error) error {
	var f *fault
	if errors.As(err, &f) && f.method == (amqp08.MethodID{}) {
		f.method = id
	}
	return err
}
