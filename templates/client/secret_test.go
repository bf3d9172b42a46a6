package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestUpdateSecret asks twice, gives the first one up, and gets both answers.
func TestUpdateSecret(t *testing.T) {
	late := make(chan struct{})
	conn := connect(t, nil, func(p *peer) {
		if m := expect[ConnectionUpdateSecret](p, 0); m.NewSecret != "s3cret" || m.Reason != "expired" {
			p.fatalf("%#v", m)
		}
		<-late
		p.send(0, &ConnectionUpdateSecretOK{})
		expect[ConnectionUpdateSecret](p, 0)
		p.send(0, &ConnectionUpdateSecretOK{})
		p.closeConnection()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := conn.UpdateSecret(ctx, "s3cret", "expired")
	if !errors.Is(err, context.DeadlineExceeded) || sentOf(err) != MaybeSent || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("given up: %v", err)
	}
	close(late)
	if err := conn.UpdateSecret(t.Context(), "other", ""); err != nil {
		t.Error(err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	if err := conn.UpdateSecret(t.Context(), "other", ""); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// TestSecretUnasked answers what nobody has asked.
func TestSecretUnasked(t *testing.T) {
	conn := connect(t, nil, func(p *peer) {
		p.send(0, &ConnectionUpdateSecretOK{})
		expect[ConnectionClose](p, 0)
	})
	<-conn.Done()
	var protocol *ProtocolError
	if !errors.As(conn.Err(), &protocol) {
		t.Errorf("%v", conn.Err())
	}
}

// TestSecretsDoNotPrint prints the method in every way.
func TestSecretsDoNotPrint(t *testing.T) {
	m := ConnectionUpdateSecret{NewSecret: "s3cret"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if s := fmt.Sprintf(verb, m); strings.Contains(s, "s3cret") || strings.Contains(s, fmt.Sprintf("%x", "s3cret")) {
			t.Errorf("%s: %s", verb, s)
		}
	}
}
