package emit_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const publishingProgram = `package main

import (
	"context"

	"example.com/app/amqp08"
)

func main() {
	ctx := context.Background()
	conn, err := amqp08.Dial(ctx, "", nil)
	if err != nil {
		panic(err)
	}
	ch, err := conn.Channel(ctx)
	if err != nil {
		panic(err)
	}
	ch.Publish(ctx, "", "q", amqp08.Message{}, nil)
}
`

// TestLinkedAsUsed builds a program that dials and publishes, and holds that it
// has no code of what it does not do: requests that it does not send, the encoding
// of what servers send, a logger.
func TestLinkedAsUsed(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.com/app\n\ngo 1.24\n")
	write(t, filepath.Join(dir, "main.go"), publishingProgram)
	for name, text := range amqp08(t) {
		write(t, filepath.Join(dir, "amqp08", name), string(text))
	}
	goTool(t, dir, "build", "-o", "program", ".")
	symbols := goTool(t, dir, "tool", "nm", "program")
	for what, pattern := range map[string]string{
		"a request that is not sent":        `amqp08\.\(?\*?(QueueDeclare|ExchangeDelete|BasicConsume|TxCommit)\)?\.`,
		"the encoding of what servers send": `amqp08\.\(?\*?(BasicGetOK|QueueDeclareOK|ConnectionStart)\)?\.(encode|AppendBinary)`,
		"a logger":                          `log/slog\.|encoding/json\.`,
	} {
		if found := regexp.MustCompile(`(?m)^.*` + pattern + `.*$`).FindString(symbols); found != "" {
			t.Errorf("%s is linked: %s", what, strings.TrimSpace(found))
		}
	}
	for _, used := range []string{`amqp08.BasicPublish.encode`, `amqp08.(*BasicDeliver).decode`} {
		if !strings.Contains(symbols, used) {
			t.Errorf("%s is not linked", used)
		}
	}
}
