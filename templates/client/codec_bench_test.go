package client

import (
	"bytes"
	"reflect"
	"testing"
)

// BenchmarkCodec compares the codec of the two hot messages, as the writer and
// the reader call it, with the one written by hand. Bodies are left out, since
// both would copy them alike.
func BenchmarkCodec(b *testing.B) {
	p := newHotPublish()
	w, buf := newWriter(nil), make([]byte, 0, firstBuffer)
	compare(b, "publish", func() error {
		w.buf = w.buf[:0]
		w.head(1, &p.method, &p.properties, 100)
		if w.enc.err != nil {
			return w.enc.err
		}
		return nil
	}, func() error {
		_, err := appendPublish(buf, 1, w.frameMax, &p.method, &p.properties, 100)
		return err
	})
	frames := deliveryFrames(b, 7, BasicProperties{ContentType: "text/plain", DeliveryMode: 2})
	r, in := newReader(nil, nil), newInterner()
	var got deliveryFields
	compare(b, "deliver", func() error { return got.decodeAsReader(r, frames) }, func() error {
		_, err := got.decode(frames, in)
		return err
	})
}

func compare(b *testing.B, message string, ours, straight func() error) {
	for _, c := range []struct {
		name string
		do   func() error
	}{{"ours", ours}, {"straight", straight}} {
		b.Run(message+"/"+c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := c.do(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// deliveryFrames returns the method frame and the header frame of a delivery.
func deliveryFrames(t testing.TB, tag DeliveryTag, p BasicProperties) []byte {
	t.Helper()
	m := BasicDeliver{ConsumerTag: "ctag-1", DeliveryTag: tag, Exchange: "myexchange", RoutingKey: "myq.myx"}
	return bytes.Join([][]byte{
		mustAppend(t, Frame{Type: FrameMethod, Channel: 1, Payload: mustAppend(t, m)}),
		mustAppend(t, Frame{Type: FrameHeader, Channel: 1, Payload: mustAppend(t, basicHeader(100, p))}),
	}, nil)
}

// decodeAsReader does what [reader.parse] does with the two frames of a
// delivery, but for the state of the channel.
func (to *deliveryFields) decodeAsReader(r *reader, frames []byte) error {
	method, frames, err := takeFrame(frames, FrameMethod)
	if err != nil {
		return err
	}
	d, b, err := r.begin(method)
	if err != nil {
		return err
	}
	if d.id.key() != keyBasicDeliver {
		return errMalformed
	}
	if err := d.end(to.method.decode(b, d)); err != nil {
		return err
	}
	header, _, err := takeFrame(frames, FrameHeader)
	if err != nil {
		return err
	}
	d = r.decoder(header)
	d.class = "header"
	class, size, b := d.contentHeader(header)
	if class != ClassBasic {
		return errMalformed
	}
	to.size = size
	return d.end(to.properties.decode(b, d))
}

func takeFrame(b []byte, kind byte) (payload, rest []byte, err error) {
	if len(b) < frameHeaderSize {
		return nil, nil, errMalformed
	}
	h := parseFrameHeader(b)
	if !h.ordinary(largestFrame) {
		if err := h.check(largestFrame); err != nil {
			return nil, nil, err
		}
	}
	if h.kind != kind || len(b) < h.size+frameOverhead || b[frameHeaderSize+h.size] != FrameEnd {
		return nil, nil, errMalformed
	}
	return b[frameHeaderSize : frameHeaderSize+h.size], b[h.size+frameOverhead:], nil
}

// hotProperties returns properties some of which are zero, some of those to be
// sent all the same, and flags that the specification does not define.
func (f filler) hotProperties() BasicProperties {
	var p BasicProperties
	f.fill(&p)
	for v := reflect.ValueOf(&p).Elem(); f.IntN(4) > 0; {
		v.Field(f.IntN(v.NumField())).SetZero()
	}
	if f.IntN(2) == 0 {
		p.Present = PropertyFlags(f.Uint64() & f.Uint64() >> (16 * f.IntN(4)))
	}
	return p
}

// TestStraightEncodes holds that both codecs write the same octets, and refuse
// the same.
func TestStraightEncodes(t *testing.T) {
	f := newFiller(1)
	refused := 0
	for range 5000 {
		var m BasicPublish
		f.fill(&m)
		p := f.hotProperties()
		if f.IntN(50) == 0 {
			p.AppID = string(make([]byte, 256))
		}
		w := newWriter(nil)
		w.frameMax = 200 + f.IntN(4000)
		size := f.Uint64()
		w.head(7, &m, &p, size)
		got, err := appendPublish(nil, 7, w.frameMax, &m, &p, size)
		if (err != nil) != (w.enc.err != nil) {
			t.Fatalf("%v, %+v: got error %v, ours has %v", m, p, err, w.enc.err)
		}
		if err != nil {
			refused++
		} else if !bytes.Equal(got, w.buf) {
			t.Fatalf("%v, %+v:\ngot  %x\nours %x", m, p, got, w.buf)
		}
	}
	if refused == 0 || refused > 2500 {
		t.Errorf("%d messages were refused", refused)
	}
}

// TestStraightDecodes holds that both codecs read the same out of deliveries,
// whole, cut and damaged ones, or refuse them.
func TestStraightDecodes(t *testing.T) {
	f := newFiller(2)
	accepted := 0
	for i := range 200 {
		frames := deliveryFrames(t, DeliveryTag(i), f.hotProperties())
		if !f.bothDecode(t, frames) {
			t.Fatalf("a whole delivery is refused: %x", frames)
		}
		for size := range frames {
			if f.bothDecode(t, frames[:size:size]) {
				t.Fatalf("a cut delivery is accepted: %x", frames[:size])
			}
		}
		for range 100 {
			damaged := bytes.Clone(frames)
			damaged[f.IntN(len(frames))] = byte(f.Uint32())
			if f.bothDecode(t, damaged) {
				accepted++
			}
		}
	}
	if accepted == 0 {
		t.Error("no damaged delivery is accepted")
	}
}

func (f filler) bothDecode(t *testing.T, frames []byte) (accepted bool) {
	t.Helper()
	var ours, straight deliveryFields
	refused := ours.decodeAsReader(newReader(nil, nil), frames)
	_, err := straight.decode(frames, newInterner())
	if (err != nil) != (refused != nil) {
		t.Fatalf("%x: got error %v, ours has %v", frames, err, refused)
	}
	if err == nil && !reflect.DeepEqual(ours, straight) {
		t.Fatalf("%x:\ngot  %+v\nours %+v", frames, straight, ours)
	}
	return err == nil
}
