package client

import (
	"bytes"
	"math/rand/v2"
)

// mixedFrames are octets of body frames, next to where the ways of reading change.
var mixedFrames = []int{504, 505, 512, 4088, 32760, 32767, 32768, 65536, 131064, 131064}

// mixer is a peer that sends on all channels at a time.
type mixer struct {
	*peer
	seed uint64
	r    *rand.Rand
	tags [mixedChannels + 1]DeliveryTag // the last one of each channel
	due  [mixedChannels + 1][][]byte    // frames of that message still to be sent
	out  []byte
}

// serve starts the consumers, takes all basic.get, and sends what is due.
func (x *mixer) serve() {
	for channel := range uint16(mixedChannels) {
		x.openChannel(channel + 1)
		for range mixedConsumers {
			m := expect[BasicConsume](x.peer, channel+1)
			x.send(channel+1, &BasicConsumeOK{ConsumerTag: m.ConsumerTag})
		}
	}
	for range mixedChannels * mixedTags / mixedGetEvery {
		if _, m, _ := x.next(); m.ID() != (BasicGet{}).ID() {
			x.fatalf("%v", m)
		}
	}
	for open := x.unfinished(); len(open) > 0; open = x.unfinished() {
		x.sendSome(open[x.r.IntN(len(open))])
	}
	x.write(x.out)
	for channel := range uint16(mixedChannels) {
		for _, o := range mixedConsumers {
			x.send(channel+1, &BasicCancel{ConsumerTag: o.ConsumerTag, NoWait: true})
		}
	}
	x.closeConnection()
}

func (x *mixer) unfinished() (channels []uint16) {
	for channel := range uint16(mixedChannels) {
		if x.tags[channel+1] < mixedTags || len(x.due[channel+1]) > 0 {
			channels = append(channels, channel+1)
		}
	}
	return channels
}

// sendSome goes on with a channel's message, or begins the next, and writes much
// or little, cut anywhere.
func (x *mixer) sendSome(channel uint16) {
	if len(x.due[channel]) == 0 {
		x.tags[channel]++
		x.due[channel] = x.frames(channel, x.tags[channel])
	}
	n := 1 + x.r.IntN(len(x.due[channel]))
	x.out = append(x.out, bytes.Join(x.due[channel][:n], nil)...)
	x.due[channel] = x.due[channel][n:]
	for len(x.out) > 0 && x.r.IntN(4) > 0 {
		n := 1 + x.r.IntN(len(x.out))
		if x.r.IntN(3) == 0 {
			n = min(n, 100)
		}
		x.write(x.out[:n])
		x.out = x.out[n:]
	}
}

func (x *mixer) frames(channel uint16, tag DeliveryTag) [][]byte {
	m := newMixedMessage(x.seed, channel, tag)
	h, err := ContentHeader{ClassBasic, uint64(len(m.body)), &m.properties}.AppendBinary(nil)
	if err != nil {
		x.fatalf("%v", err)
	}
	header, _ := Frame{FrameHeader, channel, h}.AppendBinary(nil)
	frames := [][]byte{appendMethodFrame(x.t, nil, channel, m.method(tag)), header}
	for rest := m.body; len(rest) > 0; {
		n := min(mixedFrames[x.r.IntN(len(mixedFrames))], len(rest))
		f, _ := Frame{FrameBody, channel, rest[:n]}.AppendBinary(nil)
		frames, rest = append(frames, f), rest[n:]
	}
	return frames
}
