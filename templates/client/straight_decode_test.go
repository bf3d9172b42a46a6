package client

import "encoding/binary"

// deliveryFields are what the frames of a delivery hold.
type deliveryFields struct {
	method     BasicDeliver
	properties BasicProperties
	size       uint64 // of the body
}

// decode takes the method frame and the header frame that b begins with, and
// returns what follows them.
func (to *deliveryFields) decode(b []byte, in *interner) (rest []byte, err error) {
	method, b, ok := straightFrame(b, FrameMethod)
	if !ok || len(method) < 5 || binary.BigEndian.Uint32(method) != uint32(keyBasicDeliver) {
		return nil, errMalformed
	}
	n := int(method[4])
	method = method[5:]
	if len(method) < n+10 {
		return nil, errMalformed
	}
	to.method.ConsumerTag = in.text(method[:n])
	to.method.DeliveryTag = DeliveryTag(binary.BigEndian.Uint64(method[n:]))
	to.method.Redelivered = method[n+8]&1 != 0
	exchange := int(method[n+9])
	method = method[n+10:]
	if len(method) < exchange+1 {
		return nil, errMalformed
	}
	to.method.Exchange = in.text(method[:exchange])
	key := method[exchange+1:]
	if len(key) != int(method[exchange]) {
		return nil, errMalformed
	}
	to.method.RoutingKey = in.text(key)
	header, b, ok := straightFrame(b, FrameHeader)
	if !ok || len(header) < contentHeaderSize || binary.BigEndian.Uint32(header) != ClassBasic<<16 {
		return nil, errMalformed
	}
	to.size = binary.BigEndian.Uint64(header[4:])
	if !decodeProperties(header[contentHeaderSize:], in, &to.properties) {
		return nil, errMalformed
	}
	return b, nil
}

// straightFrame takes a frame of the kind.
func straightFrame(b []byte, kind byte) (payload, rest []byte, ok bool) {
	if len(b) < frameOverhead || b[0] != kind {
		return nil, nil, false
	}
	n := uint64(binary.BigEndian.Uint32(b[3:]))
	b = b[frameHeaderSize:]
	if n > largestFrame-frameOverhead || n >= uint64(len(b)) || b[n] != FrameEnd {
		return nil, nil, false
	}
	return b[:n], b[n+1:], true
}

// decodeProperties takes flags and properties, and nothing may be left.
func decodeProperties(b []byte, in *interner, p *BasicProperties) bool {
	f, b, ok := straightFlags(b)
	if !ok {
		return false
	}
	*p = BasicProperties{Present: f}
	if f&BasicHasContentType != 0 {
		p.ContentType, b, ok = takeShort(b, in, ok)
	}
	if f&BasicHasContentEncoding != 0 {
		p.ContentEncoding, b, ok = takeShort(b, in, ok)
	}
	if f&BasicHasHeaders != 0 {
		p.Headers, b, ok = takeTable(b, ok)
	}
	if f&BasicHasDeliveryMode != 0 {
		p.DeliveryMode, b, ok = takeOctet(b, ok)
	}
	if f&BasicHasPriority != 0 {
		p.Priority, b, ok = takeOctet(b, ok)
	}
	if f&BasicHasCorrelationID != 0 {
		p.CorrelationID, b, ok = takeShort(b, in, ok)
	}
	if f&BasicHasReplyTo != 0 {
		p.ReplyTo, b, ok = takeShort(b, in, ok)
	}
	if f&BasicHasExpiration != 0 {
		p.Expiration, b, ok = takeShort(b, in, ok)
	}
	if f&BasicHasMessageID != 0 {
		p.MessageID, b, ok = takeShort(b, in, ok)
	}
	if f&BasicHasTimestamp != 0 {
		p.Timestamp, b, ok = takeTimestamp(b, ok)
	}
	if f&BasicHasType != 0 {
		p.Type, b, ok = takeShort(b, in, ok)
	}
	if f&BasicHasUserID != 0 {
		p.UserID, b, ok = takeShort(b, in, ok)
	}
	if f&BasicHasAppID != 0 {
		p.AppID, b, ok = takeShort(b, in, ok)
	}
	if f&BasicHasClusterID != 0 {
		p.ClusterID, b, ok = takeShort(b, in, ok)
	}
	return ok && len(b) == 0
}

// straightFlags takes the flag words, of which there is one as a rule.
func straightFlags(b []byte) (f PropertyFlags, rest []byte, ok bool) {
	for shift := 0; shift < flagWords*flagWordBits; shift += flagWordBits {
		if len(b) < 2 {
			return 0, nil, false
		}
		word := binary.BigEndian.Uint16(b)
		b = b[2:]
		f |= PropertyFlags(word&flagWordMask) << shift
		if word&flagMore == 0 {
			return f, b, true
		}
	}
	return 0, nil, false
}

// The rest takes one property, and hands a failure on.

func takeShort(b []byte, in *interner, ok bool) (string, []byte, bool) {
	if len(b) == 0 || len(b) <= int(b[0]) {
		return "", nil, false
	}
	n := int(b[0]) + 1
	return in.text(b[1:n]), b[n:], ok
}

func takeOctet(b []byte, ok bool) (uint8, []byte, bool) {
	if len(b) == 0 {
		return 0, nil, false
	}
	return b[0], b[1:], ok
}

func takeTimestamp(b []byte, ok bool) (Timestamp, []byte, bool) {
	if len(b) < 8 {
		return 0, nil, false
	}
	return Timestamp(binary.BigEndian.Uint64(b)), b[8:], ok
}

func takeTable(b []byte, ok bool) (Table, []byte, bool) {
	if len(b) < 4 || uint64(binary.BigEndian.Uint32(b)) > uint64(len(b)-4) {
		return Table{}, nil, false
	}
	n := 4 + int(binary.BigEndian.Uint32(b))
	if checkTable(b[4:n]) != nil {
		return Table{}, nil, false
	}
	return Table{octets: string(b[4:n])}, b[n:], ok
}
