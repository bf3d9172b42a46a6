package rabbit

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/amqpgen/amqpgen/internal/process"
)

// pattern finds the package's own, versioned directory of scripts. The wrappers in /usr/sbin are of no
// use: they change user and drop the environment.
const pattern = "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server"

// advice ends every error of [Find].
const advice = "install it with: apt-get install rabbitmq-server"

// Find says whether the rabbitmq-server of Debian's package can be used here. Its error says what to
// install.
func Find() error {
	_, err := scripts()
	return err
}

// scripts returns the directory of the server's scripts.
func scripts() (string, error) {
	if !process.Supported {
		return "", errors.New("rabbit: a private broker needs Linux")
	}
	for _, tool := range []string{"erl", "epmd"} {
		if _, err := exec.LookPath(tool); err != nil {
			return "", fmt.Errorf("rabbit: no %s in PATH: %s", tool, advice)
		}
	}
	found, err := filepath.Glob(pattern)
	if err != nil {
		return "", fmt.Errorf("rabbit: %w", err)
	}
	for _, script := range found {
		if speaksOldVersions(script) {
			return filepath.Dir(script), nil
		}
	}
	if len(found) > 0 {
		return "", fmt.Errorf("rabbit: %s no longer speaks AMQP 0-8: a RabbitMQ before 4.0 is wanted", found[0])
	}
	return "", fmt.Errorf("rabbit: no rabbitmq-server here: %s", advice)
}

// speaksOldVersions tells a server before 4.0, which dropped AMQP 0-8, by the name of its directory.
func speaksOldVersions(script string) bool {
	home := filepath.Base(filepath.Dir(filepath.Dir(script)))
	_, version, _ := strings.Cut(home, "-")
	major, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(major)
	return err == nil && n < 4
}
