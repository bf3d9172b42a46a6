package peer

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/amqpgen/amqpgen/generated/amqp08"
)

const (
	frameHeaderSize = 7
	frameOverhead   = frameHeaderSize + 1 // with the end octet
	firstBuffer     = 16 << 10
	readBuffer      = 1 << 20 // holds many frames of any size that is agreed on
)

// frame is a frame within the reader's buffer, good until the next one.
type frame struct {
	kind    byte
	channel uint16
	payload []byte
}

// reader takes frames out of big reads, in place. Its buffer grows while reads fill
// it, so that a thousand connections need little.
type reader struct {
	from       io.Reader
	idle       func() error // called before each read
	buf        []byte
	start, end int
}

func newReader(from io.Reader, idle func() error) *reader {
	return &reader{from: from, idle: idle, buf: make([]byte, firstBuffer)}
}

// next returns the next frame; io.EOF if the client has stopped between two.
func (r *reader) next() (frame, error) {
	for {
		if f, ok, err := r.parse(); ok || err != nil {
			return f, err
		}
		if err := r.idle(); err != nil {
			return frame{}, err
		}
		if err := r.fill(); err != nil {
			return frame{}, err
		}
	}
}

func (r *reader) parse() (f frame, ok bool, err error) {
	left := r.buf[r.start:r.end]
	if len(left) < frameOverhead {
		return frame{}, false, nil
	}
	size := int(binary.BigEndian.Uint32(left[3:])) + frameOverhead
	if size > frameMax {
		return frame{}, false, fmt.Errorf("a frame of %d octets", size)
	}
	if len(left) < size {
		return frame{}, false, nil
	}
	if end := left[size-1]; end != amqp08.FrameEnd {
		return frame{}, false, fmt.Errorf("a frame ends with %#x", end)
	}
	r.start += size
	channel := binary.BigEndian.Uint16(left[1:])
	if channel > channelMax {
		return frame{}, false, fmt.Errorf("a frame on channel %d", channel)
	}
	return frame{kind: left[0], channel: channel, payload: left[frameHeaderSize : size-1]}, true, nil
}

func (r *reader) fill() error {
	left := r.buf[r.start:r.end]
	if full := r.end == len(r.buf); full && len(r.buf) < readBuffer {
		r.buf = make([]byte, 4*len(r.buf))
	}
	r.start, r.end = 0, copy(r.buf, left)
	n, err := r.from.Read(r.buf[r.end:])
	r.end += n
	if n > 0 {
		return nil
	}
	if err == io.EOF && r.end > 0 {
		return io.ErrUnexpectedEOF
	}
	return err
}
