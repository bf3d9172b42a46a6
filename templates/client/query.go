package client

import (
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// query is what the parameters behind the question mark set.
type query struct {
	target     *target
	config     *Config
	known      []Mechanism // of the program
	mechanisms []Mechanism // that are named
}

// query reads the parameters.
func (t *target) query(raw string, config *Config) error {
	values, err := url.ParseQuery(raw)
	if err != nil || strings.Contains(raw, "@") { // which may be part of a password
		return uriError("has a query that cannot be parsed")
	}
	q := query{target: t, config: config, known: config.Mechanisms}
	for _, name := range sortedNames(maps.Keys(values)) {
		if err := q.set(name, values[name]); err != nil {
			return err
		}
	}
	if s := t.security; (s.cert == "") != (s.key == "") {
		return uriError("has one of certfile and keyfile; both are needed")
	}
	if q.mechanisms != nil {
		config.Mechanisms = q.mechanisms
	}
	return nil
}

func (q *query) set(name string, values []string) error {
	p, known := parameters[name]
	switch {
	case !known:
		return uriError("has the unknown parameter %q; known are %s", name, strings.Join(sortedNames(maps.Keys(parameters)), ", "))
	case p.tls && !q.target.security.on:
		return uriError("has %s, which is for amqps", name)
	case len(values) > 1 && !p.repeats:
		return uriError("has %s more than once", name)
	}
	for _, value := range values {
		if wrong := p.set(q, value); wrong != "" {
			return uriError("has %s=%s, which %s", name, value, wrong)
		}
	}
	return nil
}

// parameter is what a parameter of the query does.
type parameter struct {
	set     func(q *query, value string) (wrong string)
	tls     bool // it has no meaning without TLS
	repeats bool
}

var parameters = map[string]parameter{
	"heartbeat":              {set: number(math.MaxUint16, (*query).heartbeat)},
	"channel_max":            {set: number(math.MaxUint16, func(q *query, n uint64) { q.config.ChannelMax = uint16(n) })},
	"frame_max":              {set: number(math.MaxUint32, func(q *query, n uint64) { q.config.FrameMax = uint32(n) })},
	"connection_timeout":     {set: number(math.MaxUint32, (*query).connectTimeout)},
	"auth_mechanism":         {set: (*query).mechanism, repeats: true},
	"locale":                 {set: text(func(q *query) *string { return &q.config.Locale })},
	"connection_name":        {set: text(func(q *query) *string { return &q.config.Name })},
	"cacertfile":             {set: text(func(q *query) *string { return &q.target.security.ca }), tls: true},
	"certfile":               {set: text(func(q *query) *string { return &q.target.security.cert }), tls: true},
	"keyfile":                {set: text(func(q *query) *string { return &q.target.security.key }), tls: true},
	"server_name_indication": {set: text(func(q *query) *string { return &q.target.security.serverName }), tls: true},
	"verify":                 {set: (*query).verify, tls: true},
	"vhost":                  {set: (*query).vhost},
}

// number makes a setter for text of one for numbers up to a limit.
func number(limit uint64, set func(*query, uint64)) func(*query, string) string {
	return func(q *query, value string) string {
		n, err := strconv.ParseUint(value, 10, 32)
		if err != nil || n > limit {
			return "is no number, or too large a one"
		}
		set(q, n)
		return ""
	}
}

// text makes a setter of the place where a text goes.
func text(place func(*query) *string) func(*query, string) string {
	return func(q *query, value string) string {
		if value == "" {
			return "is empty"
		}
		*place(q) = value
		return ""
	}
}

func (q *query) heartbeat(seconds uint64) {
	q.config.Heartbeat = time.Duration(seconds) * time.Second
	if seconds == 0 {
		q.config.Heartbeat = -1
	}
}

func (q *query) connectTimeout(milliseconds uint64) {
	q.config.ConnectTimeout = time.Duration(milliseconds) * time.Millisecond
}

// mechanism takes one that the program has, or else one of this package.
func (q *query) mechanism(name string) string {
	known := append(q.known[:len(q.known):len(q.known)], Plain{}, AMQPlain{}, External{})
	names := make([]string, len(known))
	for i, m := range known {
		if names[i] = m.Name(); strings.EqualFold(names[i], name) {
			q.mechanisms = append(q.mechanisms, m)
			return ""
		}
	}
	return "is not known; known are " + strings.Join(slices.Compact(sortedNames(slices.Values(names))), ", ")
}

func (q *query) verify(value string) string {
	switch value {
	case "verify_peer":
	case "verify_none":
		q.target.security.trusting = true
	default:
		return "is neither verify_peer nor verify_none"
	}
	return ""
}

// vhost stands in the path, which for a socket is the socket's.
func (q *query) vhost(value string) string {
	if q.target.socket == "" {
		return "is for amqp+unix; elsewhere the virtual host is the path"
	}
	q.target.vhost = value
	return ""
}
