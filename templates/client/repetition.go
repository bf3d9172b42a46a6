package client

import (
	"bytes"
	"encoding/binary"
)

// repetition is a basic.deliver as it came. The next one for its consumer, from
// the same exchange by the same key, differs in few octets, and is not decoded.
type repetition struct {
	payload []byte
	at      int // where its delivery tag stands, and then the octet with redelivered
}

const (
	tagSize        = 8
	redeliveredBit = 1
)

// remember takes a basic.deliver that has been decoded, from its arguments on.
func (p *repetition) remember(arguments []byte, m *BasicDeliver) {
	p.payload = p.payload[:0]
	at := len(arguments) - len(m.RoutingKey) - len(m.Exchange) - tagSize - 3
	if at < 0 || len(arguments) > firstBuffer {
		return
	}
	if tag, redelivered := tagAt(arguments, at); tag == m.DeliveryTag && redelivered == m.Redelivered {
		numbers := binary.BigEndian.AppendUint32(p.payload, uint32(keyBasicDeliver))
		p.payload, p.at = append(numbers, arguments...), len(numbers)+at
	}
}

// again reports whether a payload differs from the one remembered in nothing but
// the delivery tag and redelivered, which it puts into m.
func (p *repetition) again(payload []byte, m *BasicDeliver) bool {
	if len(payload) != len(p.payload) || len(payload) == 0 {
		return false
	}
	bits := p.at + tagSize
	if !bytes.Equal(payload[:p.at], p.payload[:p.at]) || !bytes.Equal(payload[bits+1:], p.payload[bits+1:]) ||
		(payload[bits]^p.payload[bits])&^redeliveredBit != 0 {
		return false
	}
	m.DeliveryTag, m.Redelivered = tagAt(payload, p.at)
	return true
}

func tagAt(payload []byte, at int) (tag DeliveryTag, redelivered bool) {
	return DeliveryTag(binary.BigEndian.Uint64(payload[at:])), payload[at+tagSize]&redeliveredBit != 0
}
