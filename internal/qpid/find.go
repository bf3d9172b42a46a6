package qpid

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/amqpgen/amqpgen/internal/process"
)

// advice ends the errors about what is not installed.
const advice = "install it with: apt-get install openjdk-17-jre-headless maven"

// pom names the broker's parts and their versions.
//
//go:embed pom.xml
var pom []byte

// Find says whether Broker-J can be run here. Its error says what to install, or what Maven complains of.
//
// The first time on a machine Maven downloads some 40 MB into the user's local repository.
func Find() error {
	_, err := classPath()
	return err
}

// classPath is the broker's Java class path, which Maven is asked for once.
var classPath = sync.OnceValues(func() (string, error) {
	const limit = 5 * time.Minute
	if !process.Supported {
		return "", errors.New("qpid: a private broker needs Linux")
	}
	for _, tool := range []string{"java", "mvn"} {
		if _, err := exec.LookPath(tool); err != nil {
			return "", fmt.Errorf("qpid: no %s in PATH: %s", tool, advice)
		}
	}
	dir, err := os.MkdirTemp("", "amqpgen-qpid-")
	if err != nil {
		return "", fmt.Errorf("qpid: %w", err)
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return askMaven(ctx, dir)
})

// askMaven has Maven fetch what is missing and write the class path into dir.
func askMaven(ctx context.Context, dir string) (string, error) {
	project, result := filepath.Join(dir, "pom.xml"), filepath.Join(dir, "classpath")
	if err := os.WriteFile(project, pom, 0o644); err != nil {
		return "", fmt.Errorf("qpid: %w", err)
	}
	cmd := exec.Command("mvn", "-B", "-q", "-Dstyle.color=never", "-f", project,
		"dependency:build-classpath", "-Dmdep.outputFile="+result)
	cmd.Dir = dir
	p, err := process.StartInto(filepath.Join(dir, "output.txt"), cmd)
	if err != nil {
		return "", err
	}
	if err := p.Wait(ctx); err != nil {
		return "", fmt.Errorf("qpid: mvn: %w:\n%s", err, p.Said())
	}
	text, err := os.ReadFile(result)
	if err != nil {
		return "", fmt.Errorf("qpid: mvn wrote no class path: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}
