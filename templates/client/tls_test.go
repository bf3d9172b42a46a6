package client

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// certificate makes a certificate for a name, signed by itself.
func certificate(t *testing.T, name string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: name},
		DNSNames:     []string{name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IsCA:         true,

		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// TestTLS connects over TLS, and sends small and lent bodies both ways.
func TestTLS(t *testing.T) {
	cert, roots := certificate(t, "broker.example.org")
	client, server := tcpPair(t)
	done := make(chan struct{})
	const size = 300_000
	go func() {
		defer close(done)
		p := &peer{t, tls.Server(server, &tls.Config{Certificates: []tls.Certificate{cert}})}
		p.handshake(serverTune)
		p.openChannel(1)
		_, _, content := p.next()
		expect[BasicGet](p, 1)
		p.write(appendContent(t, nil, 1, &BasicGetOK{DeliveryTag: 1}, content.Properties, content.Body[:130_000]))
		p.closeConnection()
	}()
	conn, err := Dial(t.Context(), "amqps://broker.example.org/", &Config{
		TLS:    &tls.Config{RootCAs: roots},
		Dialer: func(context.Context, string, string) (net.Conn, error) { return client, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	ch := openOn(t, conn, nil)
	if err := ch.Publish(t.Context(), "", "k", Message{Body: make([]byte, size)}, nil); err != nil {
		t.Error(err)
	}
	if d, ok, err := ch.Get(t.Context(), "q", nil); !ok || err != nil || len(d.Body) != 130_000 {
		t.Errorf("%d octets, %v", len(d.Body), err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	<-done
	checkLeaks(t)
}

// TestR11_TLSIsVerified refuses a server whose certificate is for another name, or
// signed by nobody known, without being told to be strict. The trouble that it
// prevents: the name that was verified was not the server's.
func TestR11_TLSIsVerified(t *testing.T) {
	cert, roots := certificate(t, "broker.example.org")
	for name, c := range map[string]struct {
		uri    string
		config *tls.Config
	}{
		"another name":   {"amqps://other.example.org/", &tls.Config{RootCAs: roots}},
		"unknown signer": {"amqps://broker.example.org/", nil},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := tcpPair(t)
			go tls.Server(server, &tls.Config{Certificates: []tls.Certificate{cert}}).Handshake()
			_, err := Dial(t.Context(), c.uri, &Config{
				TLS:    c.config,
				Dialer: func(context.Context, string, string) (net.Conn, error) { return client, nil },
			})
			var transport *TransportError
			var verification *tls.CertificateVerificationError
			if !errors.As(err, &transport) || transport.Stage != "tls" || !errors.As(err, &verification) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestCloseOverTLS closes although the server neither answers nor reads what
// TLS says at the end.
func TestCloseOverTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cert, roots := certificate(t, "broker.example.org")
		client, server := net.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			p := &peer{t, tls.Server(server, &tls.Config{Certificates: []tls.Certificate{cert}})}
			p.handshake(serverTune)
			expect[ConnectionClose](p, 0)
		}()
		conn, err := Dial(t.Context(), "amqps://broker.example.org/", &Config{
			Heartbeat: -1,
			TLS:       &tls.Config{RootCAs: roots},
			Dialer:    func(context.Context, string, string) (net.Conn, error) { return client, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		inTime(t, "close", closeWait, func() {
			if err := conn.Close(); !isA[*TransportError](err) {
				t.Error(err)
			}
		})
		<-done
	})
}
