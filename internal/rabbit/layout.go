package rabbit

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/amqpgen/amqpgen/internal/process"
)

// layout is where a node lives: its directory, scripts and ports. It stays the same over restarts.
type layout struct {
	dir, sbin        string
	name, cookie     string // of the Erlang node; who has the cookie may talk to it
	amqp, dist, epmd int    // ports
	ctl              int    // the first of the ports for command line tools
}

// ctlPorts is how many command line tools can run at a time.
const ctlPorts = 10

// newLayout plans a node in dir and writes its files.
func newLayout(dir string, o Options) (layout, error) {
	l, err := planLayout(dir)
	if err != nil {
		return layout{}, err
	}
	return l, l.write(o)
}

// planLayout chooses the ports of a node in dir.
func planLayout(dir string) (layout, error) {
	sbin, err := scripts()
	if err != nil {
		return layout{}, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return layout{}, fmt.Errorf("rabbit: %w", err)
	}
	ports, err := process.FreePorts(4)
	if err != nil {
		return layout{}, err
	}
	return layout{
		dir: dir, sbin: sbin,
		name: "private@localhost", cookie: rand.Text(),
		amqp: ports[0], dist: ports[1], epmd: ports[2], ctl: ports[3],
	}, nil
}

// path is the place of a file of the node.
func (l layout) path(name string) string { return filepath.Join(l.dir, name) }

// write creates the configuration, the list of plug-ins, the cookie and the directory for logs.
func (l layout) write(o Options) error {
	if err := l.writeFiles(o); err != nil {
		return fmt.Errorf("rabbit: %w", err)
	}
	return nil
}

func (l layout) writeFiles(o Options) error {
	if err := os.MkdirAll(l.path("log"), 0o755); err != nil {
		return err
	}
	config := o.Config + "\n"
	if o.ClusterName != "" {
		config += "cluster_name = " + o.ClusterName + "\n"
	}
	if err := os.WriteFile(l.path("rabbitmq.conf"), []byte(config), 0o644); err != nil {
		return err
	}
	plugins := "[" + strings.Join(o.Plugins, ",") + "].\n"
	if err := os.WriteFile(l.path("enabled_plugins"), []byte(plugins), 0o644); err != nil {
		return err
	}
	return os.WriteFile(l.path(".erlang.cookie"), []byte(l.cookie), 0o400) // Erlang insists on the mode
}

// mark is the environment entry by which all processes of the node are known.
func (l layout) mark() string { return "AMQPGEN_RABBIT_DIR=" + l.dir }

// environ is the whole environment of the node's programs; nothing of ours but PATH goes in.
func (l layout) environ() []string {
	return []string{
		l.mark(),
		"PATH=" + os.Getenv("PATH"),
		"LANG=C.UTF-8",
		"HOME=" + l.dir,
		fmt.Sprintf("ERL_EPMD_PORT=%d", l.epmd),
		"ERL_EPMD_ADDRESS=" + process.Loopback,
		"RABBITMQ_NODENAME=" + l.name,
		"RABBITMQ_NODE_IP_ADDRESS=" + process.Loopback,
		fmt.Sprintf("RABBITMQ_NODE_PORT=%d", l.amqp),
		fmt.Sprintf("RABBITMQ_DIST_PORT=%d", l.dist),
		"RABBITMQ_MNESIA_BASE=" + l.path("mnesia"),
		"RABBITMQ_LOG_BASE=" + l.path("log"),
		"RABBITMQ_PID_FILE=" + l.path("pid"),
		"RABBITMQ_GENERATED_CONFIG_DIR=" + l.path("generated"),
		"RABBITMQ_CONFIG_FILE=" + l.path("rabbitmq.conf"),
		"RABBITMQ_ENABLED_PLUGINS_FILE=" + l.path("enabled_plugins"),
		"RABBITMQ_CONF_ENV_FILE=" + l.path("none.conf"),
		"RABBITMQ_ADVANCED_CONFIG_FILE=" + l.path("none.config"),
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1} +S 2:2",
		"RABBITMQ_CTL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}",
		fmt.Sprintf("RABBITMQ_CTL_DIST_PORT_MIN=%d", l.ctl),
		fmt.Sprintf("RABBITMQ_CTL_DIST_PORT_MAX=%d", l.ctl+ctlPorts),
		"RUNNING_UNDER_SYSTEMD=true", // has the script become the server instead of guarding it: our child is the beam
	}
}
