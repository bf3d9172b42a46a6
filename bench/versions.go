package bench

import (
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
)

// Version says which version of something took part.
type Version struct{ Name, Version string }

// Versions lists what is used: languages, libraries and, if it was started, the
// broker.
func (s *Suite) Versions() []Version {
	out := []Version{{"Go", runtime.Version()}, {"amqp091-go", moduleVersion("github.com/rabbitmq/amqp091-go")}}
	for _, c := range contenders {
		if argv := s.argv[c.Name]; argv != nil {
			out = append(out, Version{c.Name, firstLine(argv...) + ", " + firstLine(c.program.language...)})
		}
	}
	if s.broker != nil {
		out = append(out, Version{"broker", s.broker.version()})
	}
	return out
}

// moduleVersion is that of a module that this program was built with.
func moduleVersion(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range info.Deps {
		if m.Path == path {
			return m.Version
		}
	}
	return ""
}

// firstLine is the first line that a command prints.
func firstLine(argv ...string) string {
	out, err := exec.Command(argv[0], argv[1:]...).Output()
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}
