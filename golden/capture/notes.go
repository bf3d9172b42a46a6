package main

import (
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"os"

	"github.com/amqpgen/amqpgen/golden"
)

// names are the names of classes and methods in a specification, by their numbers. It may lack any: then
// the numbers alone are noted.
type names struct {
	classes map[uint16]string
	methods map[[2]uint16]string
}

// readNames reads them from one of the published XML files.
func readNames(path string) (names, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return names{}, err
	}
	var spec struct {
		Classes []struct {
			Name    string `xml:"name,attr"`
			Index   uint16 `xml:"index,attr"`
			Methods []struct {
				Name  string `xml:"name,attr"`
				Index uint16 `xml:"index,attr"`
			} `xml:"method"`
		} `xml:"class"`
	}
	if err := xml.Unmarshal(text, &spec); err != nil {
		return names{}, fmt.Errorf("%s: %w", path, err)
	}
	n := names{classes: map[uint16]string{}, methods: map[[2]uint16]string{}}
	for _, class := range spec.Classes {
		n.classes[class.Index] = class.Name
		for _, method := range class.Methods {
			n.methods[[2]uint16{class.Index, method.Index}] = class.Name + "." + method.Name
		}
	}
	return n, nil
}

// note describes a frame or a protocol header in a few words.
func (n names) note(frame []byte) string {
	payload, channel := golden.Payload(frame), golden.Channel(frame)
	switch frame[0] {
	case golden.FrameMethod:
		return fmt.Sprintf("method %d %s", channel, n.method(payload))
	case golden.FrameHeader:
		return fmt.Sprintf("content %d %s", channel, n.content(payload))
	case golden.FrameBody:
		return fmt.Sprintf("body %d, size %d", channel, len(payload))
	case golden.FrameHeartbeat:
		return fmt.Sprintf("heartbeat %d", channel)
	}
	return "header"
}

// method names the method of a method frame.
func (n names) method(payload []byte) string {
	if len(payload) < 4 {
		return "of no number"
	}
	id := [2]uint16{binary.BigEndian.Uint16(payload), binary.BigEndian.Uint16(payload[2:])}
	return named(n.methods[id], fmt.Sprintf("%d.%d", id[0], id[1]))
}

// content names the class of a content header and tells the announced size.
func (n names) content(payload []byte) string {
	if len(payload) < 12 {
		return "of no class"
	}
	id := binary.BigEndian.Uint16(payload)
	size := binary.BigEndian.Uint64(payload[4:])
	return fmt.Sprintf("%s, body size %d", named(n.classes[id], fmt.Sprint(id)), size)
}

// named puts number behind name, if there is one.
func named(name, number string) string {
	if name == "" {
		return number
	}
	return fmt.Sprintf("%s (%s)", name, number)
}
