package client

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
)

const marked = "geh3im-geh3im"

// everyVerb prints a value in every way that package fmt knows, but for %p: of
// what is no pointer that prints the fields, and asks no method.
func everyVerb(v any) string {
	var b strings.Builder
	for _, verb := range "vTtbcdoOqxXUeEfFgGs" {
		for _, flag := range []string{"", "+", "#", " ", "0"} {
			fmt.Fprintf(&b, "%"+flag+string(verb)+"\n", v)
		}
	}
	return b.String()
}

// spelled lists the ways in which the secret may come out.
func spelled() []string {
	octets := fmt.Sprint([]byte(marked))
	return []string{
		marked,
		fmt.Sprintf("%x", marked), fmt.Sprintf("%X", marked), fmt.Sprintf("% x", marked), fmt.Sprintf("% X", marked),
		strings.Trim(octets, "[]"), base64.StdEncoding.EncodeToString([]byte(marked)),
	}
}

// keepsSecret fails the test if the secret is in a text.
func keepsSecret(t *testing.T, what, text string) {
	t.Helper()
	for _, s := range spelled() {
		if i := strings.Index(text, s); i >= 0 {
			t.Errorf("%s: the secret is in %q", what, text[max(i-60, 0):min(i+len(s)+20, len(text))])
		}
	}
}

// turnedAway dials a server that refuses the credentials, and returns what it got
// of them.
func turnedAway(t *testing.T, uri string, config Config) (ConnectionStartOK, error) {
	t.Helper()
	var got ConnectionStartOK
	err := dialScript(t, uri, &config, func(p *peer) {
		p.send(0, &ConnectionStart{VersionMajor: 8, Mechanisms: "PLAIN AMQPLAIN", Locales: "en_US"})
		got = expect[ConnectionStartOK](p, 0)
		p.send(0, &ConnectionClose{ReplyCode: ReplyAccessRefused, ReplyText: "refused"})
	})
	return got, err
}

// TestR11_SecretsPrintNowhere logs in, or fails to, with a marked password, and
// prints all that there is to print. The trouble that it prevents: passwords were
// found in logs.
func TestR11_SecretsPrintNowhere(t *testing.T) {
	var log lines
	config := Config{Heartbeat: -1, Logger: log.logger(), Hooks: Hooks{
		Connect: func(ctx context.Context, address string) (context.Context, func(error)) {
			keepsSecret(t, "hook", address)
			return ctx, func(err error) { keepsSecret(t, "hook's error", everyVerb(err)) }
		},
	}}
	uri := "amqp://user:" + marked + "@peer/"

	startOK, err := turnedAway(t, uri, config)
	if !strings.Contains(startOK.Response, marked) || !errors.Is(err, ReplyAccessRefused) {
		t.Fatalf("the password did not come to the server: %v", err)
	}
	keepsSecret(t, "start-ok", everyVerb(startOK)+everyVerb(&startOK)+everyVerb(startOK.ClientProperties))
	everyError(t, err)

	for _, wrong := range []string{uri + "?x=1", uri + "?heartbeat=x", uri + "%zz", "amqp://u:" + marked + "@peer:x", "amqp://u:" + marked + "/@peer", "user:" + marked + "@peer"} {
		_, err := Dial(t.Context(), wrong, &config)
		everyError(t, err)
	}
	config.Dialer = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no route") }
	_, err = Dial(t.Context(), uri, &config)
	everyError(t, err)

	keeper, err := Keep(t.Context(), uri, &config, nil)
	if err != nil {
		t.Fatal(err)
	}
	keepsSecret(t, "keeper", everyVerb(keeper))
	if text := fmt.Sprintf("%v, %+v", keeper, keeper.Channel(nil, nil)); text != "keeper of a connection, kept channel" {
		t.Errorf("printed: %s", text)
	}
	keeper.Close()

	client, server := tcpPair(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		p := &peer{t, server}
		p.handshake(serverTune)
		p.openChannel(1)
		p.closeConnection()
	}()
	config.Dialer = func(context.Context, string, string) (net.Conn, error) { return client, nil }
	conn, err := Dial(t.Context(), uri, &config)
	if err != nil {
		t.Fatal(err)
	}
	ch := openOn(t, conn, nil)
	for what, v := range map[string]any{"config": config, "connection": conn, "channel": ch, "its config": conn.config, "stats": conn.Stats()} {
		keepsSecret(t, what, everyVerb(v))
	}
	conn.Close()
	<-done
	everyError(t, conn.Err())
	keepsSecret(t, "log", log.upTo(t, "connection closed"))
}

// everyError prints an error, and all that it wraps.
func everyError(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		t.Error("no error")
		return
	}
	keepsSecret(t, "error", everyVerb(err))
	for e := err; e != nil; e = errors.Unwrap(e) {
		keepsSecret(t, fmt.Sprintf("%T", e), everyVerb(e))
	}
}

// TestEveryVerb makes sure of the test's own means.
func TestEveryVerb(t *testing.T) {
	for _, v := range []any{marked, []byte(marked), struct{ s string }{marked}, &struct{ b []byte }{[]byte(marked)}} {
		text := everyVerb(v)
		found := 0
		for _, s := range spelled() {
			found += strings.Count(text, s)
		}
		if found < 5 {
			t.Errorf("%T: found %d times", v, found)
		}
	}
}
