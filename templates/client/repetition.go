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

// deliveriesRepeat says that basic.deliver has the layout that repetitions count
// on: the tag, an octet of which redelivered is the lowest bit, exchange and key.
var deliveriesRepeat = repeats(BasicDeliver{ConsumerTag: "c", DeliveryTag: 0x0102030405060708, Exchange: "e", RoutingKey: "k"})

func repeats(m BasicDeliver) bool {
	other := m
	other.DeliveryTag, other.Redelivered = ^m.DeliveryTag, !m.Redelivered
	payload, err := m.AppendBinary(nil)
	changed, otherErr := other.AppendBinary(nil)
	at := tagPlace(payload, &m)
	if err != nil || otherErr != nil || at < 0 || len(payload) != len(changed) {
		return false
	}
	binary.BigEndian.PutUint64(payload[at:], uint64(other.DeliveryTag))
	payload[at+tagSize] ^= redeliveredBit
	return bytes.Equal(payload, changed)
}

// tagPlace is where the delivery tag stands.
func tagPlace(payload []byte, m *BasicDeliver) int {
	const between = tagSize + 1 + 1 + 1 // with the octet of redelivered, and the sizes of two strings
	return len(payload) - len(m.RoutingKey) - len(m.Exchange) - between
}

// remember takes a basic.deliver that has been decoded, from its arguments on.
func (p *repetition) remember(arguments []byte, m *BasicDeliver) {
	p.payload = p.payload[:0]
	if deliveriesRepeat && len(arguments) <= firstBuffer {
		p.payload = binary.BigEndian.AppendUint32(p.payload, uint32(keyBasicDeliver))
		p.payload = append(p.payload, arguments...)
		p.at = tagPlace(p.payload, m)
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
	m.DeliveryTag, m.Redelivered = DeliveryTag(binary.BigEndian.Uint64(payload[p.at:])), payload[bits]&redeliveredBit != 0
	return true
}
