package peer

import (
	"fmt"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// Properties says which properties a message has.
type Properties string

const (
	None Properties = "none"
	Base Properties = "base" // content-type and delivery-mode
	Full Properties = "full" // all that every client can send, and a table of five headers
)

// The values, which every client sends. A user-id other than guest would be
// refused by RabbitMQ.
const (
	ContentType     = "text/plain"
	DeliveryMode    = 1 // transient
	ContentEncoding = "utf-8"
	Priority        = 5
	CorrelationID   = "0123456789abcdef"
	ReplyTo         = "replies"
	Expiration      = "60000"
	MessageID       = "fedcba9876543210"
	Timestamp       = 1700000000
	Type            = "reading"
	UserID          = "guest"
	AppID           = "bench"
)

// Headers is the table of a message with full properties: strings, and integers
// of 32 bits, in order of their names.
var Headers = []struct {
	Name  string
	Value any
}{
	{"attempt", int32(3)},
	{"region", "north"},
	{"shard", int32(17)},
	{"source", "sensor-4711"},
	{"trace", "4bf92f3577b34da6a3ce929d0e0e4736"},
}

func (p Properties) properties() *amqp08.BasicProperties {
	switch p {
	case Base:
		return &amqp08.BasicProperties{ContentType: ContentType, DeliveryMode: DeliveryMode}
	case Full:
		return &amqp08.BasicProperties{
			ContentType: ContentType, ContentEncoding: ContentEncoding, Headers: headersTable(),
			DeliveryMode: DeliveryMode, Priority: Priority, CorrelationID: CorrelationID, ReplyTo: ReplyTo,
			Expiration: Expiration, MessageID: MessageID, Timestamp: Timestamp, Type: Type, UserID: UserID, AppID: AppID,
		}
	}
	return &amqp08.BasicProperties{}
}

func headersTable() amqp08.Table {
	var entries []amqp08.Entry
	for _, h := range Headers {
		entries = append(entries, amqp08.Entry{Name: h.Name, Value: h.Value})
	}
	return amqp08.NewTable(entries...)
}

// contentHeader returns the payload of the header frame.
func contentHeader(p Properties, body int) []byte {
	h := amqp08.ContentHeader{ClassID: amqp08.ClassBasic, BodySize: uint64(body), Properties: p.properties()}
	return must(h.AppendBinary(nil))
}

// ContentSize returns the octets of a message's content, header and body,
// without what frames and methods add.
func ContentSize(p Properties, body int) int { return len(contentHeader(p, body)) + body }

// QueueName names a queue that holds so many messages with bodies of so many
// octets: consuming from it brings just these.
func QueueName(messages, body int, p Properties) string {
	return fmt.Sprintf("%dx%dx%s", messages, body, p)
}

func parseQueueName(name string) (messages uint64, body int, p Properties, err error) {
	_, err = fmt.Sscanf(name, "%dx%dx%s", &messages, &body, &p)
	return messages, body, p, err
}
