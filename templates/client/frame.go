package client

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Frame is the unit of the wire: seven octets of header, the payload, and an
// end octet.
type Frame struct {
	Type    byte // FrameMethod, FrameHeader, FrameBody, FrameHeartbeat
	Channel uint16
	Payload []byte
}

const (
	frameHeaderSize = 7
	frameOverhead   = frameHeaderSize + 1 // with the end octet
	bodyAtOnce      = 64 << 10            // octets believed before they are there
)

// AppendBinary appends the whole frame, end octet included. It fails with a
// *UsageError if the payload is larger than 2^32-1 octets.
func (f Frame) AppendBinary(b []byte) ([]byte, error) {
	if uint64(len(f.Payload)) > math.MaxUint32 {
		return b, &UsageError{Field: "Payload", Reason: fmt.Sprintf("has %d octets; a frame holds at most 2^32-1", len(f.Payload))}
	}
	b = appendFrameHeader(b, f.Type, f.Channel, len(f.Payload))
	b = append(b, f.Payload...)
	return append(b, FrameEnd), nil
}

func appendFrameHeader(b []byte, kind byte, channel uint16, size int) []byte {
	return append(b, kind, byte(channel>>8), byte(channel), byte(size>>24), byte(size>>16), byte(size>>8), byte(size))
}

// frameHeader is a frame's first seven octets, taken apart and checked.
type frameHeader struct {
	kind    byte
	channel uint16
	size    int // of the payload
}

func parseFrameHeader(b []byte) frameHeader {
	return frameHeader{kind: b[0], channel: binary.BigEndian.Uint16(b[1:]), size: int(binary.BigEndian.Uint32(b[3:]))}
}

// ordinary reports whether the header is one of those that come all the time, so
// that there is nothing more to check.
func (h frameHeader) ordinary(most int) bool {
	return h.kind-FrameMethod <= FrameBody-FrameMethod && h.size >= 0 && h.size <= most-frameOverhead
}

// check holds the header to the rules of framing. most is the largest frame,
// with the octets around the payload.
func (h frameHeader) check(most int) *DecodeError {
	switch {
	case h.kind == protocolHeader[0]:
		return &DecodeError{Path: "frame.type", Reason: "a protocol header, and no frame"}
	case h.kind != FrameMethod && h.kind != FrameHeader && h.kind != FrameBody && h.kind != FrameHeartbeat:
		return &DecodeError{Path: "frame.type", Reason: fmt.Sprintf("unknown frame type %d", h.kind)}
	case h.kind == FrameHeartbeat && (h.channel != 0 || h.size != 0):
		return &DecodeError{Offset: 1, Path: "frame", Reason: fmt.Sprintf("a heartbeat on channel %d with %d octets; it has neither", h.channel, h.size)}
	case h.size > most-frameOverhead || h.size < 0: // beyond an int of four octets
		size := uint64(uint32(h.size)) + frameOverhead
		return &DecodeError{Offset: 3, Path: "frame.size", Reason: fmt.Sprintf("a frame of %d octets; the limit is %d", size, most)}
	}
	return nil
}

// ReadFrame reads one frame of at most max octets, the eight around the
// payload included. A malformation is a *DecodeError; what the reader reports
// comes back as it is, and as io.ErrUnexpectedEOF if it ends within a frame.
// No more memory is taken than twice the octets that have come, or 64 KiB.
//
// The first eight octets that a client sends are the protocol header, and no
// frame.
func ReadFrame(r io.Reader, max int) (Frame, error) {
	var head [frameHeaderSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return Frame{}, err
	}
	h := parseFrameHeader(head[:])
	if err := h.check(max); err != nil {
		return Frame{}, err
	}
	payload, err := readPayload(r, h.size+1)
	if err != nil {
		return Frame{}, err
	}
	if end := payload[h.size]; end != FrameEnd {
		return Frame{}, &DecodeError{Offset: frameHeaderSize + h.size, Path: "frame.end", Reason: fmt.Sprintf("is %#x; a frame ends with %#x", end, FrameEnd)}
	}
	return Frame{Type: h.kind, Channel: h.channel, Payload: payload[:h.size:h.size]}, nil
}

// readPayload reads size octets and lets the buffer grow with what has come.
func readPayload(r io.Reader, size int) ([]byte, error) {
	b := make([]byte, 0, min(size, bodyAtOnce))
	for len(b) < size {
		if len(b) == cap(b) {
			bigger := make([]byte, len(b), min(size, 2*cap(b)))
			copy(bigger, b)
			b = bigger
		}
		n, err := io.ReadFull(r, b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}
