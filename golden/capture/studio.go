package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/amqpgen/amqpgen/golden"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

const (
	python = "/usr/bin/python3" // of the system: only that one sees Debian's modules
	script = "golden/capture/pyamqplib.py"
	target = "golden/testdata/pyamqplib"
)

// scenario is a function of pyamqplib.py, and what it needs.
type scenario struct {
	name     string
	frameMax int    // that the broker offers; 0 is the broker's default
	remark   string // for the head of the file
}

var scenarios = []scenario{
	{name: "handshake"},
	{name: "handshake_plain"},
	{name: "declare"},
	{name: "publish"},
	{name: "get"},
	{name: "large", frameMax: 4096, remark: "the broker was told to offer a frame-max of 4096"},
	{name: "consume", remark: "after basic.cancel with nowait the script kept py-amqplib from waiting for a cancel-ok"},
	{name: "tx"},
	{name: "soft_error"},
	{name: "hard_error"},
	{name: "hard_error_vhost"},
	{name: "hard_error_type"},
	{name: "flow"},
	{name: "heartbeat", remark: "py-amqplib has no heartbeats: the script asked for them in tune-ok and sent its own"},
}

// defaultFrameMax is what RabbitMQ offers by itself.
const defaultFrameMax = 131072

// studio has all that taking a capture needs.
type studio struct {
	node    *rabbit.Node
	names   names
	parties string   // who talks, with versions
	secrets []string // of this machine, which must not be in a capture
}

// newStudio prepares the broker and asks for the versions of all that takes part.
func newStudio(ctx context.Context, node *rabbit.Node, dir string, n names) (*studio, error) {
	setup := [][]string{
		{"add_vhost", "golden"},
		{"set_permissions", "-p", "golden", "guest", ".*", ".*", ".*"},
	}
	for _, args := range setup {
		if _, err := node.Ctl(ctx, args...); err != nil {
			return nil, err
		}
	}
	parties, err := parties(ctx, node)
	if err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	return &studio{node: node, names: n, parties: parties, secrets: []string{"@" + host, dir}}, nil
}

// parties tells client and broker and their versions.
func parties(ctx context.Context, node *rabbit.Node) (string, error) {
	client, err := exec.CommandContext(ctx, "dpkg-query", "-W", "-f", "${Version}", "python3-amqplib").Output()
	if err != nil {
		return "", fmt.Errorf("python3-amqplib: %w", err)
	}
	server, err := node.Ctl(ctx, "--silent", "eval", "rabbit_misc:version().")
	if err != nil {
		return "", err
	}
	erlang, err := node.Ctl(ctx, "--silent", "eval", "rabbit_misc:otp_release().")
	if err != nil {
		return "", err
	}
	upstream, _, _ := strings.Cut(string(client), "-")
	return fmt.Sprintf("py-amqplib %s (Debian python3-amqplib %s) with RabbitMQ %s on Erlang %s, AMQP 0-8",
		upstream, client, unquote(server), unquote(erlang)), nil
}

// unquote takes a string as Erlang prints it.
func unquote(printed string) string { return strings.Trim(strings.TrimSpace(printed), `"`) }

// takeAll takes the chosen scenarios, all if none is chosen.
func (s *studio) takeAll(ctx context.Context, chosen []string) error {
	for _, name := range chosen {
		if !slices.ContainsFunc(scenarios, func(sc scenario) bool { return sc.name == name }) {
			return fmt.Errorf("no scenario %q", name)
		}
	}
	for _, sc := range scenarios {
		if len(chosen) > 0 && !slices.Contains(chosen, sc.name) {
			continue
		}
		if err := s.take(ctx, sc); err != nil {
			return fmt.Errorf("%s: %w", sc.name, err)
		}
	}
	return nil
}

// take runs one scenario and writes its file.
func (s *studio) take(ctx context.Context, sc scenario) error {
	frames, err := s.record(ctx, sc)
	if err != nil {
		return err
	}
	if err := s.discreet(frames); err != nil {
		return err
	}
	var text bytes.Buffer
	if err := s.develop(sc, frames).Write(&text); err != nil {
		return err
	}
	file := filepath.Join(target, sc.name+".txt")
	if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
		return err
	}
	fmt.Printf("%s: %d frames\n", file, len(frames))
	return nil
}

// record has the broker offer what the scenario wants, and runs the script through a tap.
func (s *studio) record(ctx context.Context, sc scenario) ([]golden.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	offer := fmt.Sprintf("application:set_env(rabbit, frame_max, %d).", cmp.Or(sc.frameMax, defaultFrameMax))
	if _, err := s.node.Ctl(ctx, "eval", offer); err != nil {
		return nil, err
	}
	tap, err := newTap(s.node.Addr())
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, python, "-B", script, sc.name, tap.addr())
	cmd.Env = []string{"TZ=UTC", "LANG=C.UTF-8"}
	complaints, err := cmd.CombinedOutput()
	frames, broken := tap.finish()
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, complaints)
	}
	return frames, broken
}

// discreet refuses octets that tell the name of this machine or a path on it.
func (s *studio) discreet(frames []golden.Record) error {
	for _, frame := range frames {
		for _, secret := range s.secrets {
			if bytes.Contains(frame.Octets, []byte(secret)) {
				return fmt.Errorf("%q is in a frame: % x", secret, frame.Octets)
			}
		}
	}
	return nil
}

// develop makes the file of the frames: the head, and a note for each of them.
func (s *studio) develop(sc scenario, frames []golden.Record) *golden.Capture {
	today := time.Now().UTC().Format(time.DateOnly)
	meta := []string{
		s.parties,
		fmt.Sprintf("scenario: %s    taken: %s    by: go run ./golden/capture", sc.name, today),
		"One record per frame, in order of arrival; C = client to server, S = server to client; hex, 32 octets a line.",
	}
	if sc.remark != "" {
		meta = append(meta, "Remark: "+sc.remark+".")
	}
	for i := range frames {
		frames[i].Note = s.names.note(frames[i].Octets)
	}
	return &golden.Capture{Meta: meta, Frames: frames}
}
