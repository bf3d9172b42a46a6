package broker

import (
	"encoding/binary"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

// The only user.
const (
	user     = "guest"
	password = "guest"
)

// authenticate checks what a client gives to prove who it is.
func authenticate(mechanism, response string) error {
	var ok bool
	switch mechanism {
	case "PLAIN":
		ok = response == "\x00"+user+"\x00"+password
	case "AMQPLAIN":
		ok = amqplain(response)
	default:
		return errGone
	}
	if !ok {
		return hard(amqp08.ReplyAccessRefused, "login was refused using authentication mechanism %s", mechanism)
	}
	return nil
}

// amqplain checks a response that is a table's entries, without the size that a table has.
func amqplain(response string) bool {
	// A method whose only argument is a table lends its codec.
	var carrier amqp08.TunnelRequest
	id := carrier.ID()
	b := binary.BigEndian.AppendUint16(nil, id.Class)
	b = binary.BigEndian.AppendUint16(b, id.Method)
	b = binary.BigEndian.AppendUint32(b, uint32(len(response)))
	if carrier.UnmarshalBinary(append(b, response...)) != nil {
		return false
	}
	login, _ := carrier.MetaData.Get("LOGIN")
	secret, _ := carrier.MetaData.Get("PASSWORD")
	return login == user && secret == password
}
