package client

import (
	"crypto/tls"
	"fmt"
	"maps"
	"math"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// target is where and as whom to connect.
type target struct {
	tls            bool
	host, port     string
	user, password string
	vhost          string
}

func (t *target) address() string { return net.JoinHostPort(t.host, t.port) }

// tlsConfig returns a copy of the program's configuration that names the
// server and refuses what is older than TLS 1.2.
func (t *target) tlsConfig(config *tls.Config) *tls.Config {
	if config == nil {
		config = &tls.Config{}
	}
	config = config.Clone()
	if config.ServerName == "" {
		config.ServerName = t.host
	}
	config.MinVersion = max(config.MinVersion, tls.VersionTLS12)
	return config
}

// parseURI takes a URI apart. What its query says goes to the config. No error
// repeats the URI, since it holds a password.
func parseURI(uri string, config *Config) (*target, error) {
	u, err := url.Parse(uri)
	if err != nil {
		return nil, uriError("cannot be parsed: its host or port is wrong, or a character of its user, password or virtual host must be written as %%xx")
	}
	t := &target{host: u.Hostname(), port: u.Port(), user: "guest", password: "guest", vhost: "/"}
	switch u.Scheme {
	case "amqp":
	case "amqps":
		t.tls = true
	case "":
		return nil, uriError("has no scheme; write amqp://host or amqps://host")
	default:
		return nil, uriError("begins with %q; it is amqp or amqps", u.Scheme)
	}
	if u.Opaque != "" || u.Fragment != "" {
		return nil, uriError("is not of the form amqp://user:password@host:port/virtual-host")
	}
	t.defaults(u)
	if path := strings.TrimPrefix(u.EscapedPath(), "/"); path != "" {
		if strings.Contains(path, "/") {
			return nil, uriError("has a / in its virtual host; write it as %%2f")
		}
		t.vhost, _ = url.PathUnescape(path)
	}
	if len(t.vhost) > math.MaxUint8 {
		return nil, uriError("has a virtual host of %d octets; the most is 255", len(t.vhost))
	}
	return t, query(u.RawQuery, config)
}

func (t *target) defaults(u *url.URL) {
	if t.host == "" {
		t.host = "localhost"
	}
	if t.port == "" {
		t.port = "5672"
		if t.tls {
			t.port = "5671"
		}
	}
	if u.User != nil {
		t.user = u.User.Username()
		t.password, _ = u.User.Password()
	}
}

// query reads the parameters behind the question mark.
func query(raw string, config *Config) error {
	values, err := url.ParseQuery(raw)
	if err != nil || strings.Contains(raw, "@") { // which may be part of a password
		return uriError("has a query that cannot be parsed")
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		set := parameters[name]
		if set == nil {
			return uriError("has the unknown parameter %q; known are heartbeat, channel_max and frame_max", name)
		}
		n, err := strconv.ParseUint(values.Get(name), 10, 32)
		if err != nil || !set(config, n) {
			return uriError("has %s=%s, which is no number, or too large a one", name, values.Get(name))
		}
	}
	return nil
}

// parameters sets what a query may, and reports whether the number fits.
var parameters = map[string]func(*Config, uint64) bool{
	"heartbeat": func(c *Config, n uint64) bool {
		c.Heartbeat = time.Duration(n) * time.Second
		if n == 0 {
			c.Heartbeat = -1
		}
		return n <= math.MaxUint16
	},
	"channel_max": func(c *Config, n uint64) bool {
		c.ChannelMax = uint16(n)
		return n <= math.MaxUint16
	},
	"frame_max": func(c *Config, n uint64) bool {
		c.FrameMax = uint32(n)
		return true
	},
}

func uriError(format string, args ...any) error {
	return &UsageError{Field: "the URI", Reason: fmt.Sprintf(format, args...)}
}
