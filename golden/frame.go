package golden

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// The frame types that a connection of AMQP 0-8 to 0-9-1 carries.
const (
	FrameMethod    = 1
	FrameHeader    = 2
	FrameBody      = 3
	FrameHeartbeat = 8
)

const (
	frameHead = 7 // type, channel and size
	frameEnd  = 0xce

	headerSize = 8 // of a protocol header, which is no frame

	largestPayload = 1 << 20 // more is taken for a stream that lost its step
)

// isHeader tells a protocol header from a frame: no frame type is an A.
func isHeader(octets []byte) bool { return bytes.HasPrefix(octets, []byte("AMQP")) }

// Next returns how many octets the first frame of a stream takes, or its protocol header. It returns 0 if
// there is no whole one yet.
func Next(stream []byte) (int, error) {
	if isHeader(stream) {
		return whole(stream, headerSize), nil
	}
	if len(stream) < frameHead {
		return 0, nil
	}
	switch stream[0] {
	case FrameMethod, FrameHeader, FrameBody, FrameHeartbeat:
	default:
		return 0, fmt.Errorf("%d is no frame type", stream[0])
	}
	size := binary.BigEndian.Uint32(stream[3:])
	if size > largestPayload {
		return 0, fmt.Errorf("frame of %d octets", size)
	}
	n := whole(stream, frameHead+int(size)+1)
	if n > 0 && stream[n-1] != frameEnd {
		return 0, fmt.Errorf("frame ends with %#02x", stream[n-1])
	}
	return n, nil
}

// whole returns n if the stream has that many octets, else 0.
func whole(stream []byte, n int) int {
	if len(stream) < n {
		return 0
	}
	return n
}

// Check says what keeps octets from being exactly one frame or protocol header.
func Check(octets []byte) error {
	n, err := Next(octets)
	switch {
	case err != nil:
		return err
	case n == 0:
		return errors.New("the frame is cut short")
	case n < len(octets):
		return fmt.Errorf("%d octets after the frame", len(octets)-n)
	}
	return nil
}

// Payload is what a frame carries; a protocol header has none.
func Payload(frame []byte) []byte {
	if Check(frame) != nil || isHeader(frame) {
		return nil
	}
	return frame[frameHead : len(frame)-1]
}

// Channel is the channel of a frame, and 0 for a protocol header.
func Channel(frame []byte) uint16 {
	if Check(frame) != nil || isHeader(frame) {
		return 0
	}
	return binary.BigEndian.Uint16(frame[1:])
}
