package client

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestR11_URI: names and passwords with odd characters did not survive the URI.
func TestR11_URI(t *testing.T) {
	for uri, want := range map[string]target{
		"amqp://":                        {host: "localhost", port: "5672", user: "guest", password: "guest", vhost: "/"},
		"amqp://h/":                      {host: "h", port: "5672", user: "guest", password: "guest", vhost: "/"},
		"amqp://h/%2f":                   {host: "h", port: "5672", user: "guest", password: "guest", vhost: "/"},
		"amqps://u@[::1]:99/%2fa%20b":    {security: security{on: true}, host: "::1", port: "99", user: "u", vhost: "/a b"},
		"amqps://%3a:%40@example.org/v1": {security: security{on: true}, host: "example.org", port: "5671", user: ":", password: "@", vhost: "v1"},
		"amqp+unix:///run/a%20b":         {socket: "/run/a b", host: "localhost", port: "5672", user: "guest", password: "guest", vhost: "/"},
		"amqp+unix://u:p@/s?vhost=v%2f":  {socket: "/s", host: "localhost", port: "5672", user: "u", password: "p", vhost: "v/"},
		"amqps://h?cacertfile=/ca&certfile=c&keyfile=k&server_name_indication=n&verify=verify_none": {
			security: security{on: true, ca: "/ca", cert: "c", key: "k", serverName: "n", trusting: true},
			host:     "h", port: "5671", user: "guest", password: "guest", vhost: "/",
		},
		"amqps://h?verify=verify_peer": {security: security{on: true}, host: "h", port: "5671", user: "guest", password: "guest", vhost: "/"},
	} {
		got, err := parseURI(uri, &Config{})
		if err != nil || *got != want {
			t.Errorf("%s: %+v, %v", uri, got, err)
		}
	}
}

// TestQuery sets in the config what the URI says.
func TestQuery(t *testing.T) {
	own := password{}
	for query, want := range map[string]Config{
		"":                        {Locale: "own"},
		"heartbeat=0":             {Locale: "own", Heartbeat: -1},
		"heartbeat=7":             {Locale: "own", Heartbeat: 7 * time.Second},
		"channel_max=3":           {Locale: "own", ChannelMax: 3},
		"frame_max=4294967295":    {Locale: "own", FrameMax: 1<<32 - 1},
		"connection_timeout=1500": {Locale: "own", ConnectTimeout: 1500 * time.Millisecond},
		"locale=de_DE":            {Locale: "de_DE"},
		"connection_name=a%20b":   {Locale: "own", Name: "a b"},
		"auth_mechanism=external": {Locale: "own", Mechanisms: []Mechanism{External{}}},
		"auth_mechanism=PASSWORD&auth_mechanism=PLAIN&auth_mechanism=amqplain": {Locale: "own", Mechanisms: []Mechanism{own, Plain{}, AMQPlain{}}},
	} {
		got := Config{Locale: "own", Mechanisms: []Mechanism{own}}
		if want.Mechanisms == nil {
			want.Mechanisms = got.Mechanisms
		}
		if _, err := parseURI("amqp://h/?"+query, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", query, got, err)
		}
	}
}

// TestURIRefused says what is wrong, and never repeats a password.
func TestURIRefused(t *testing.T) {
	for uri, says := range map[string]string{
		"":                        "no scheme",
		"http://geheim@h":         "amqp, amqps or amqp+unix",
		"localhost:5672":          "amqp, amqps or amqp+unix",
		"amqp:geheim":             "not of the form",
		"amqp://u:geheim@h:port/": "cannot be parsed",
		"amqp://u:geheim%@h/":     "cannot be parsed",
		"amqp://u:%zzgeheim@h/":   "cannot be parsed",
		"amqp://u:ge heim@h/":     "cannot be parsed",
		"amqp://u:geheim/x@h/":    "cannot be parsed",
		"amqp://u:geheim#x@h/":    "cannot be parsed",
		"amqp://u:geheim?x@h/":    "cannot be parsed",
		"amqp://u:12?geheim@h/":   "query that cannot be parsed",
		"amqp://u:geheim@h/a/b":   "%2f",
		"amqp://u:geheim@h/#x":    "not of the form",
		"amqp://u:geheim@h/" + strings.Repeat("v", 256):             "the most is 255",
		"amqp+unix://u:geheim@/s?vhost=" + strings.Repeat("v", 256): "the most is 255",
		"amqp+unix://u:geheim@h/s":                                  "amqp+unix://user:password@/path",
		"amqp+unix://u:geheim@/":                                    "amqp+unix://user:password@/path",
		"amqp://u:geheim@h/?color=1":                                "auth_mechanism, cacertfile, certfile, channel_max, connection_name, connection_timeout, frame_max, heartbeat, keyfile, locale, server_name_indication, verify, vhost",
		"amqp://u:geheim@h/?heartbeat=x":                            "no number",
		"amqp://u:geheim@h/?channel_max=70000":                      "too large",
		"amqp://u:geheim@h/?locale=":                                "is empty",
		"amqp://u:geheim@h/?locale=a&locale=b":                      "more than once",
		"amqp://u:geheim@h/?vhost=b":                                "for amqp+unix",
		"amqp://u:geheim@h/?verify=verify_peer":                     "for amqps",
		"amqps://u:geheim@h/?verify=no":                             "neither verify_peer nor verify_none",
		"amqps://u:geheim@h/?certfile=c":                            "both are needed",
		"amqp://u:geheim@h/?auth_mechanism=MAGIC":                   "known are AMQPLAIN, EXTERNAL, PLAIN",
	} {
		_, err := Dial(t.Context(), uri, nil)
		if !isA[*UsageError](err) || !strings.Contains(err.Error(), says) || strings.Contains(fmt.Sprintf("%v %+v", err, err), "geheim") {
			t.Errorf("%s: got %v", uri, err)
		}
	}
}
