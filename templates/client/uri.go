package client

import (
	"fmt"
	"math"
	"net/url"
	"strings"
)

// parseURI takes a URI apart. What its query says goes to the config. No error
// repeats the URI, since it holds a password.
func parseURI(uri string, config *Config) (*target, error) {
	u, err := url.Parse(uri)
	if err != nil {
		return nil, uriError("cannot be parsed: its host or port is wrong, or a character of its user, password or virtual host must be written as %%xx")
	}
	t := &target{host: u.Hostname(), port: u.Port(), user: "guest", password: "guest", vhost: "/"}
	switch u.Scheme {
	case "amqp", "amqp+unix":
	case "amqps":
		t.security.on = true
	case "":
		return nil, uriError("has no scheme; write amqp://host or amqps://host")
	default:
		return nil, uriError("begins with %q; it is amqp, amqps or amqp+unix", u.Scheme)
	}
	if u.Opaque != "" || u.Fragment != "" {
		return nil, uriError("is not of the form amqp://user:password@host:port/virtual-host")
	}
	t.defaults(u)
	if err := t.path(u); err != nil {
		return nil, err
	}
	if err := t.query(u.RawQuery, config); err != nil {
		return nil, err
	}
	if len(t.vhost) > math.MaxUint8 {
		return nil, uriError("has a virtual host of %d octets; the most is 255", len(t.vhost))
	}
	return t, nil
}

func (t *target) defaults(u *url.URL) {
	if t.host == "" {
		t.host = "localhost"
	}
	if t.port == "" {
		t.port = "5672"
		if t.security.on {
			t.port = "5671"
		}
	}
	if u.User != nil {
		t.user = u.User.Username()
		t.password, _ = u.User.Password()
	}
}

// path reads what stands behind the host: the virtual host, or the socket.
func (t *target) path(u *url.URL) error {
	if u.Scheme == "amqp+unix" {
		if u.Host != "" || len(u.Path) < 2 {
			return uriError("is not of the form amqp+unix://user:password@/path/to/socket?vhost=virtual-host")
		}
		t.socket = u.Path
		return nil
	}
	path := strings.TrimPrefix(u.EscapedPath(), "/")
	if strings.Contains(path, "/") {
		return uriError("has a / in its virtual host; write it as %%2f")
	}
	if path != "" {
		t.vhost, _ = url.PathUnescape(path)
	}
	return nil
}

func uriError(format string, args ...any) error {
	return &UsageError{Field: "the URI", Reason: fmt.Sprintf(format, args...)}
}
