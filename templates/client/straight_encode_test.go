package client

import (
	"encoding/binary"
	"errors"
	"math"
)

// The two messages that programs send and get by the million, encoded and
// decoded by hand, for these layouts and no others. It is what the generated
// codec is measured against, and as safe: every length is checked, every
// property flag heeded. It only says less about what is wrong.

var (
	errUnfit     = errors.New("does not fit the wire")
	errMalformed = errors.New("is not a delivery")
)

// appendPublish appends the method frame and the header frame of a publish.
func appendPublish(b []byte, channel uint16, frameMax int, m *BasicPublish, p *BasicProperties, size uint64) ([]byte, error) {
	if len(m.Exchange) > math.MaxUint8 || len(m.RoutingKey) > math.MaxUint8 {
		return b, errUnfit
	}
	n := 9 + len(m.Exchange) + len(m.RoutingKey)
	out := append(b, FrameMethod, byte(channel>>8), byte(channel), 0, 0, byte(n>>8), byte(n),
		0, 60, 0, 40, byte(m.Ticket>>8), byte(m.Ticket), byte(len(m.Exchange)))
	out = append(out, m.Exchange...)
	out = append(out, byte(len(m.RoutingKey)))
	out = append(out, m.RoutingKey...)
	var bits byte
	if m.Mandatory {
		bits = 1
	}
	if m.Immediate {
		bits |= 2
	}
	out = append(out, bits, FrameEnd, FrameHeader, byte(channel>>8), byte(channel), 0, 0, 0, 0, 0, 60, 0, 0,
		byte(size>>56), byte(size>>48), byte(size>>40), byte(size>>32), byte(size>>24), byte(size>>16), byte(size>>8), byte(size), 0, 0)
	flags := len(out) - 2
	out, ok := appendProperties(out, flags, p)
	header := len(out) - flags + contentHeaderSize
	if !ok || max(n, header)+frameOverhead > frameMax {
		return b, errUnfit
	}
	binary.BigEndian.PutUint32(out[flags-contentHeaderSize-4:], uint32(header))
	return append(out, FrameEnd), nil
}

// appendProperties appends what is to be sent and notes it in the flags, which
// stand at an offset of b.
func appendProperties(b []byte, flags int, p *BasicProperties) (out []byte, ok bool) {
	f := p.Present & allWordsFlags
	if f>>flagWordBits != 0 {
		b = appendMoreFlags(b, f>>flagWordBits)
		f |= flagMore
	}
	ok = true
	if p.ContentType != "" || f&BasicHasContentType != 0 {
		f |= BasicHasContentType
		b, ok = appendShort(b, p.ContentType, ok)
	}
	if p.ContentEncoding != "" || f&BasicHasContentEncoding != 0 {
		f |= BasicHasContentEncoding
		b, ok = appendShort(b, p.ContentEncoding, ok)
	}
	if p.Headers != (Table{}) || f&BasicHasHeaders != 0 {
		f |= BasicHasHeaders
		b, ok = appendTable(b, &p.Headers, ok)
	}
	if p.DeliveryMode != 0 || f&BasicHasDeliveryMode != 0 {
		f |= BasicHasDeliveryMode
		b = append(b, p.DeliveryMode)
	}
	if p.Priority != 0 || f&BasicHasPriority != 0 {
		f |= BasicHasPriority
		b = append(b, p.Priority)
	}
	if p.CorrelationID != "" || f&BasicHasCorrelationID != 0 {
		f |= BasicHasCorrelationID
		b, ok = appendShort(b, p.CorrelationID, ok)
	}
	if p.ReplyTo != "" || f&BasicHasReplyTo != 0 {
		f |= BasicHasReplyTo
		b, ok = appendShort(b, p.ReplyTo, ok)
	}
	if p.Expiration != "" || f&BasicHasExpiration != 0 {
		f |= BasicHasExpiration
		b, ok = appendShort(b, p.Expiration, ok)
	}
	if p.MessageID != "" || f&BasicHasMessageID != 0 {
		f |= BasicHasMessageID
		b, ok = appendShort(b, p.MessageID, ok)
	}
	if p.Timestamp != 0 || f&BasicHasTimestamp != 0 {
		f |= BasicHasTimestamp
		b = binary.BigEndian.AppendUint64(b, uint64(p.Timestamp))
	}
	if p.Type != "" || f&BasicHasType != 0 {
		f |= BasicHasType
		b, ok = appendShort(b, p.Type, ok)
	}
	if p.UserID != "" || f&BasicHasUserID != 0 {
		f |= BasicHasUserID
		b, ok = appendShort(b, p.UserID, ok)
	}
	if p.AppID != "" || f&BasicHasAppID != 0 {
		f |= BasicHasAppID
		b, ok = appendShort(b, p.AppID, ok)
	}
	if p.ClusterID != "" || f&BasicHasClusterID != 0 {
		f |= BasicHasClusterID
		b, ok = appendShort(b, p.ClusterID, ok)
	}
	binary.BigEndian.PutUint16(b[flags:], uint16(f))
	return b, ok
}

// appendMoreFlags appends the words behind the first, of flags that nobody
// knows.
func appendMoreFlags(b []byte, f PropertyFlags) []byte {
	for ; f>>flagWordBits != 0; f >>= flagWordBits {
		b = binary.BigEndian.AppendUint16(b, uint16(f)|flagMore)
	}
	return binary.BigEndian.AppendUint16(b, uint16(f))
}

// appendShort and appendTable hand a failure on.
func appendShort(b []byte, s string, ok bool) ([]byte, bool) {
	if len(s) > math.MaxUint8 {
		return b, false
	}
	b = append(b, byte(len(s)))
	return append(b, s...), ok
}

func appendTable(b []byte, t *Table, ok bool) ([]byte, bool) {
	if t.err != nil || uint64(len(t.octets)) > math.MaxUint32 {
		return b, false
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(t.octets)))
	return append(b, t.octets...), ok
}
