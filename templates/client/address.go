package client

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
)

// unixPrefix marks the address of a socket in the file system.
const unixPrefix = "unix:"

// target is where and as whom to connect.
type target struct {
	host, port     string
	socket         string // a path, instead of host and port
	user, password string
	vhost          string
	security       security
}

func (t *target) address() string {
	if t.socket != "" {
		return unixPrefix + t.socket
	}
	return net.JoinHostPort(t.host, t.port)
}

// endpoint is the address as package net takes it.
func (t *target) endpoint() (network, address string) {
	if t.socket != "" {
		return "unix", t.socket
	}
	return "tcp", t.address()
}

// at returns the target at another address, which is a host or a host and port.
func (t *target) at(address string) *target {
	moved := *t
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		host, port = strings.Trim(address, "[]"), t.port
	}
	moved.host, moved.port, moved.socket = host, port, ""
	return &moved
}

// atAny returns the target at an address of any kind, or nil if it is none. At
// a socket the host stays, as the name for TLS.
func (t *target) atAny(address string) *target {
	path, isSocket := strings.CutPrefix(address, unixPrefix)
	if isSocket && path != "" {
		moved := *t
		moved.socket = path
		return &moved
	}
	moved := t.at(address)
	if isSocket || moved.host == "" || moved.port == "" || strings.Contains(address, "/") {
		return nil
	}
	return moved
}

// targets lists where to connect, in the order of the tries.
func (t *target) targets(ctx context.Context, config *Config) ([]*target, error) {
	addresses, err := config.addresses(ctx)
	if err != nil {
		return nil, err
	}
	if len(addresses) == 0 {
		return []*target{t}, nil
	}
	out := make([]*target, len(addresses))
	for i, address := range addresses {
		if out[i] = t.atAny(address); out[i] == nil {
			return nil, &UsageError{Field: "Addresses", Reason: fmt.Sprintf("have %q; write host, host:port or unix:/path", address)}
		}
	}
	if config.Shuffle {
		rand.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	}
	return out, nil
}

// addresses are those of the config; none means the URI's.
func (c *Config) addresses(ctx context.Context) ([]string, error) {
	if c.Resolve == nil {
		return c.Addresses, nil
	}
	addresses, err := c.Resolve(ctx)
	if err == nil && len(addresses) == 0 {
		err = ProblemNetwork
	}
	if err != nil {
		return nil, fmt.Errorf("asking for addresses: %w", err)
	}
	return addresses, nil
}
