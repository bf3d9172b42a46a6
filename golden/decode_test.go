package golden_test

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/generated/amqp08"
	"github.com/amqpgen/amqpgen/golden"
)

// recorded are the captures and how many records each of them has.
var recorded = map[string]int{
	"consume": 85, "declare": 93, "flow": 14, "get": 54, "handshake": 9, "handshake_plain": 13, "hard_error": 14,
	"hard_error_type": 14, "hard_error_vhost": 8, "heartbeat": 17, "large": 35, "publish": 62, "soft_error": 35, "tx": 54,
}

// spoken are the methods that the captures have between them.
var spoken = strings.Fields(`
	connection.start connection.start-ok connection.tune connection.tune-ok connection.open connection.open-ok
	connection.close connection.close-ok
	channel.open channel.open-ok channel.flow channel.flow-ok channel.close channel.close-ok
	access.request access.request-ok
	exchange.declare exchange.declare-ok exchange.delete exchange.delete-ok
	queue.declare queue.declare-ok queue.bind queue.bind-ok queue.purge queue.purge-ok queue.delete queue.delete-ok
	basic.qos basic.qos-ok basic.consume basic.consume-ok basic.cancel basic.cancel-ok basic.publish basic.return
	basic.deliver basic.get basic.get-ok basic.get-empty basic.ack basic.reject basic.recover
	tx.select tx.select-ok tx.commit tx.commit-ok tx.rollback tx.rollback-ok`)

// load reads a capture of py-amqplib.
func load(t *testing.T, scenario string) *golden.Capture {
	t.Helper()
	c, err := golden.Load(filepath.Join("testdata", "pyamqplib", scenario+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestDecode takes every frame of every capture apart and puts it together again: the octets are the same.
func TestDecode(t *testing.T) {
	seen := census{methods: map[string]int{}}
	for _, scenario := range slices.Sorted(maps.Keys(recorded)) {
		c := load(t, scenario)
		if len(c.Frames) != recorded[scenario] {
			t.Errorf("%s: %d records, want %d", scenario, len(c.Frames), recorded[scenario])
		}
		for i, r := range c.Frames {
			if err := seen.record(r); err != nil {
				t.Errorf("%s: record %d, %s: %v", scenario, i, r.Note, err)
			}
		}
		if seen.owed != (owed{}) {
			t.Errorf("%s: ends within a body: %v", scenario, seen.owed)
		}
	}
	for _, name := range spoken {
		if seen.methods[name] == 0 {
			t.Errorf("no capture has %s", name)
		}
		delete(seen.methods, name)
	}
	for name := range seen.methods {
		t.Errorf("a capture has %s, which is not in the list", name)
	}
	t.Log(seen.String())
}

// TestNothingLeftOut wants each capture to be one that is decoded here.
func TestNothingLeftOut(t *testing.T) {
	files, err := filepath.Glob("testdata/pyamqplib/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if scenario := strings.TrimSuffix(filepath.Base(file), ".txt"); recorded[scenario] == 0 {
			t.Errorf("%s: not in the list of captures", file)
		}
	}
}

// census counts what was decoded. No capture has two contents at once, so it follows them without a look at
// channel or direction.
type census struct {
	methods                                          map[string]int
	protocolHeaders, method, header, body, heartbeat int
	tables, values                                   int
	owed                                             owed
}

// owed is what a content header announced and no body frame has brought so far.
type owed struct {
	channel uint16
	octets  uint64
}

func (c *census) String() string {
	return fmt.Sprintf("%d protocol headers; frames: %d method, %d header, %d body, %d heartbeat; tables: %d with %d values",
		c.protocolHeaders, c.method, c.header, c.body, c.heartbeat, c.tables, c.values)
}

func (c *census) record(r golden.Record) error {
	if golden.Payload(r.Octets) == nil {
		c.protocolHeaders++
		return same(r.Octets, []byte(pyHeader))
	}
	frame, err := amqp08.ReadFrame(bytes.NewReader(r.Octets), len(r.Octets))
	if err != nil {
		return err
	}
	if err := encodesTo(r.Octets, frame); err != nil {
		return err
	}
	switch frame.Type {
	case amqp08.FrameMethod:
		return c.methodFrame(frame.Payload, r.Note)
	case amqp08.FrameHeader:
		return c.headerFrame(frame)
	case amqp08.FrameBody:
		return c.bodyFrame(frame)
	}
	c.heartbeat++
	return nil // ReadFrame has seen that it is empty
}

func (c *census) methodFrame(payload []byte, note string) error {
	c.method++
	m, err := decodeMethod(payload)
	if err != nil {
		return err
	}
	name := m.ID().String()
	c.methods[name]++
	if !strings.Contains(note, " "+name+" (") || !strings.HasPrefix(m.String(), name) {
		return fmt.Errorf("decodes to %s", m)
	}
	if err := encodesTo(payload, m); err != nil {
		return err
	}
	return c.tablesOf(m)
}

// decodeMethod decodes the payload of a method frame.
func decodeMethod(payload []byte) (amqp08.Method, error) {
	if len(payload) < 4 {
		return nil, fmt.Errorf("a method of %d octets", len(payload))
	}
	id := amqp08.MethodID{Class: uint16(payload[0])<<8 | uint16(payload[1]), Method: uint16(payload[2])<<8 | uint16(payload[3])}
	m := amqp08.NewMethod(id)
	if m == nil {
		return nil, fmt.Errorf("no method %s", id)
	}
	return m, m.UnmarshalBinary(payload)
}

func (c *census) headerFrame(frame amqp08.Frame) error {
	c.header++
	if c.owed != (owed{}) {
		return fmt.Errorf("comes while %v is owed", c.owed)
	}
	var h amqp08.ContentHeader
	if err := h.UnmarshalBinary(frame.Payload); err != nil {
		return err
	}
	if h.BodySize > 0 {
		c.owed = owed{frame.Channel, h.BodySize}
	}
	if err := encodesTo(frame.Payload, h); err != nil {
		return err
	}
	return c.tablesOf(h.Properties)
}

func (c *census) bodyFrame(frame amqp08.Frame) error {
	c.body++
	size := uint64(len(frame.Payload))
	if frame.Channel != c.owed.channel || size > c.owed.octets {
		return fmt.Errorf("comes while %v is owed", c.owed)
	}
	if c.owed.octets -= size; c.owed.octets == 0 {
		c.owed = owed{}
	}
	return nil
}

// tablesOf rebuilds every table in a struct out of the values that it decodes to.
func (c *census) tablesOf(pointer any) error {
	fields := reflect.ValueOf(pointer).Elem()
	for i := range fields.NumField() {
		table, ok := fields.Field(i).Interface().(amqp08.Table)
		if !ok {
			continue
		}
		if built := c.rebuild(table); built != table {
			return fmt.Errorf("the table %v becomes %v", table, built)
		}
	}
	return nil
}

func (c *census) rebuild(table amqp08.Table) amqp08.Table {
	c.tables++
	var entries []amqp08.Entry
	for name, value := range table.All() {
		c.values++
		if inner, ok := value.(amqp08.Table); ok {
			value = c.rebuild(inner)
		}
		entries = append(entries, amqp08.Entry{Name: name, Value: value})
	}
	return amqp08.NewTable(entries...)
}

// encodesTo encodes a value and compares.
func encodesTo(want []byte, v interface{ AppendBinary([]byte) ([]byte, error) }) error {
	got, err := v.AppendBinary(nil)
	if err != nil {
		return err
	}
	return same(got, want)
}

func same(got, want []byte) error {
	if !bytes.Equal(got, want) {
		return fmt.Errorf("encodes to\n%x, want\n%x", got, want)
	}
	return nil
}
