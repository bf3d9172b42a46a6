package linear

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/amqpgen/amqpgen/bench/generator"
	"github.com/amqpgen/amqpgen/bench/measure"
	"github.com/amqpgen/amqpgen/specs"
)

// base is the specification that synthetic methods are added to, since the
// client's runtime needs it.
const base = "0-9-1"

// perClass is how many methods a synthetic class has.
const perClass = 20

// specifications generates packages from 0-9-1 with methods added.
type specifications struct {
	pipeline generator.Pipeline
	dir      string
}

// cost generates a package with so many methods more, and subtracts what the
// one without takes. Each run is a process of its own. The difference is small
// where few methods are added; of several, the median stands for all.
func (s specifications) cost(methods, times int) (time.Duration, error) {
	with, without, err := s.files(methods)
	if err != nil {
		return 0, err
	}
	var ms measure.Values
	for range times {
		more, err := s.pipeline.GenerateLike(base, with)
		if err != nil {
			return 0, err
		}
		zero, err := s.pipeline.GenerateLike(base, without)
		if err != nil {
			return 0, err
		}
		ms = append(ms, more.Whole()-zero.Whole())
	}
	return time.Duration(ms.Median() * float64(times) * float64(time.Millisecond)), nil
}

// files writes the specification with so many methods more, and the one
// without.
func (s specifications) files(methods int) (with, without string, err error) {
	with, without = filepath.Join(s.dir, "with.xml"), filepath.Join(s.dir, "without.xml")
	src, _, err := specs.Open(base)
	if err != nil {
		return "", "", err
	}
	if err := os.WriteFile(without, src.Data, 0o644); err != nil {
		return "", "", err
	}
	return with, without, os.WriteFile(with, withMethods(src.Data, methods), 0o644)
}

// withMethods adds classes of requests and their replies, shaped like those of
// 0-9-1, to a specification.
func withMethods(spec []byte, methods int) []byte {
	end := bytes.LastIndex(spec, []byte("</amqp>"))
	b := bytes.NewBuffer(bytes.Clone(spec[:end]))
	for class := 0; class*perClass < methods; class++ {
		fmt.Fprintf(b, "<class name=\"load%d\" handler=\"channel\" index=\"%d\">\n", class, 1000+class)
		b.WriteString(`<chassis name="server" implement="MAY"/>` + "\n")
		for i := 0; i < min(perClass, methods-class*perClass); i += 2 {
			fmt.Fprintf(b, request, i, 10*i+10, i)
			fmt.Fprintf(b, reply, i, 10*i+11)
		}
		b.WriteString("</class>\n")
	}
	b.Write(spec[end:])
	return b.Bytes()
}

const (
	request = `<method name="do%d" synchronous="1" index="%d">
	<doc>Asks the server for something that a name and a table describe.</doc>
	<chassis name="server" implement="MUST"/>
	<response name="do%d-ok"/>
	<field name="reserved-1" type="short" reserved="1"/>
	<field name="queue" domain="queue-name"><doc>Names what it is about.</doc></field>
	<field name="passive" domain="bit"/>
	<field name="durable" domain="bit"/>
	<field name="no-wait" domain="no-wait"/>
	<field name="arguments" domain="table"/>
</method>
`
	reply = `<method name="do%d-ok" synchronous="1" index="%d">
	<doc>Answers with what has come of it.</doc>
	<chassis name="client" implement="MUST"/>
	<field name="queue" domain="queue-name"/>
	<field name="message-count" domain="message-count"/>
	<field name="consumer-count" domain="long"/>
</method>
`
)
