package process

import (
	"bytes"
	"os"
)

// Said is the end of the child's output so far, for an error. Java's stack traces are reduced to what they
// say.
func (p *Process) Said() string {
	if p.output == "" {
		return ""
	}
	text, err := os.ReadFile(p.output)
	if err != nil {
		return err.Error()
	}
	return tail(text)
}

// tail returns the last few kilobytes of a text.
func tail(text []byte) string {
	const most = 4 << 10
	var said []byte
	for line := range bytes.Lines(text) {
		if !bytes.HasPrefix(line, []byte("\tat ")) {
			said = append(said, line...)
		}
	}
	return string(bytes.TrimSpace(said[max(0, len(said)-most):]))
}
