package rabbit

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amqpgen/amqpgen/internal/process"
)

// StartCluster runs several brokers that form a cluster, each as [Start] does, below dir. They share one port
// mapper, which ends with the first that is stopped: stop them all.
func StartCluster(ctx context.Context, dir string, size int) ([]*Node, error) {
	nodes, err := planCluster(dir, size)
	if err != nil {
		return nil, err
	}
	if err := nodes[0].bootMapper(ctx); err != nil {
		return nil, err
	}
	failures := make(chan error)
	for _, n := range nodes {
		n.mapper = nodes[0].mapper
		go func() { failures <- n.Restart(ctx) }()
	}
	for range nodes {
		err = errors.Join(err, <-failures)
	}
	if err != nil {
		return nil, errors.Join(err, stopAll(nodes))
	}
	return nodes, nil
}

// planCluster writes the files of nodes that know each other.
func planCluster(dir string, size int) ([]*Node, error) {
	nodes := make([]*Node, size)
	config := "cluster_formation.peer_discovery_backend = classic_config\n"
	for i := range nodes {
		l, err := planLayout(filepath.Join(dir, fmt.Sprint(i+1)))
		if err != nil {
			return nil, err
		}
		l.name = fmt.Sprintf("member%d@localhost", i+1)
		nodes[i] = &Node{layout: l}
		config += fmt.Sprintf("cluster_formation.classic_config.nodes.%d = %s\n", i+1, l.name)
	}
	for _, n := range nodes {
		n.layout.cookie, n.layout.epmd = nodes[0].layout.cookie, nodes[0].layout.epmd
		if err := n.layout.write(Options{Config: config}); err != nil {
			return nil, err
		}
	}
	return nodes, nil
}

func stopAll(nodes []*Node) (err error) {
	for _, n := range slices.Backward(nodes) {
		err = errors.Join(err, n.Stop())
	}
	return err
}

// Leader returns the node that leads a quorum queue.
func Leader(ctx context.Context, nodes []*Node, queue string) (*Node, error) {
	text, err := nodes[0].Ctl(ctx, "list_queues", "--quiet", "--no-table-headers", "name", "leader")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) != 2 || fields[0] != queue {
			continue
		}
		if i := slices.IndexFunc(nodes, func(n *Node) bool { return n.layout.name == fields[1] }); i >= 0 {
			return nodes[i], nil
		}
	}
	return nil, fmt.Errorf("rabbit: nobody leads queue %s:\n%s", queue, text)
}

// PrivateCluster returns a cluster for this test alone, as [Private] does a node.
func PrivateCluster(t testing.TB, size int) []*Node {
	t.Helper()
	process.Need(t, Find())
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	nodes, err := StartCluster(ctx, t.TempDir(), size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stopAll(nodes); err != nil {
			t.Error(err)
		}
	})
	return nodes
}
