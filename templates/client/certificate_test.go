package client

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority signs certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	template := &x509.Certificate{Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true}
	pair := a.issue(template, time.Hour)
	a.cert, a.key = pair.Leaf, pair.PrivateKey.(*ecdsa.PrivateKey)
	return a
}

// issue makes a certificate that holds for a while. It is signed by the
// authority, or by itself if that has none yet.
func (a *authority) issue(template *x509.Certificate, holds time.Duration) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(holds)
	parent, signer := template, key
	if a.cert != nil {
		parent, signer = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func (a *authority) server(name string, holds time.Duration) tls.Certificate {
	return a.issue(&x509.Certificate{DNSNames: []string{name}}, holds)
}

func (a *authority) client(name string) tls.Certificate {
	return a.issue(&x509.Certificate{Subject: pkix.Name{CommonName: name}}, time.Hour)
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// writePair puts a certificate and its key into files, in the place of those that
// are there, and returns the part of a query that names them.
func writePair(t *testing.T, dir string, pair tls.Certificate) (query string) {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert := filepath.Join(dir, "cert.pem")
	writePEM(t, cert, "CERTIFICATE", pair.Certificate[0])
	writePEM(t, filepath.Join(dir, "key.pem"), "PRIVATE KEY", key)
	return "certfile=" + url.QueryEscape(cert) + "&keyfile=" + url.QueryEscape(filepath.Join(dir, "key.pem"))
}

// write puts the authority's own certificate into a file.
func (a *authority) write(dir string) (query string) {
	a.t.Helper()
	path := filepath.Join(dir, "ca.pem")
	writePEM(a.t, path, "CERTIFICATE", a.cert.Raw)
	return "cacertfile=" + url.QueryEscape(path)
}

func writePEM(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// dialSecure dials a server with that configuration for TLS, and returns whom
// the server takes the client for.
func dialSecure(t *testing.T, uri string, config *Config, server *tls.Config) (client string, err error) {
	t.Helper()
	here, there := tcpPair(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer there.Close()
		secure := tls.Server(there, server)
		if secure.Handshake() != nil {
			return
		}
		if certs := secure.ConnectionState().PeerCertificates; len(certs) > 0 {
			client = certs[0].Subject.CommonName
		}
		p := &peer{t, secure}
		p.nc.Read(make([]byte, len(protocolHeader)))
		p.send(0, &ConnectionStart{Mechanisms: "PLAIN EXTERNAL"})
		if m := expect[ConnectionStartOK](p, 0); m.Mechanism == "EXTERNAL" {
			client += " by EXTERNAL" + m.Response
		}
		p.send(0, &ConnectionTune{})
		expect[ConnectionTuneOK](p, 0)
		expect[ConnectionOpen](p, 0)
		p.send(0, &ConnectionOpenOK{})
		p.closeConnection()
	}()
	var c Config
	if config != nil {
		c = *config
	}
	c.Dialer = func(context.Context, string, string) (net.Conn, error) { return here, nil }
	conn, err := Dial(t.Context(), uri, &c)
	if err == nil {
		err = conn.Close()
	}
	here.Close()
	<-done
	return client, err
}

// TestCertificates connects where both sides' certificates hold, and nowhere
// else.
func TestCertificates(t *testing.T) {
	ca, stranger := newAuthority(t), newAuthority(t)
	dir := t.TempDir()
	own := writePair(t, dir, ca.client("me"))
	strange := writePair(t, t.TempDir(), stranger.client("me"))
	good := ca.server("h", time.Hour)
	knowing := func(cert tls.Certificate) *tls.Config { return &tls.Config{Certificates: []tls.Certificate{cert}} }
	asking := &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.pool()}
	asking12 := asking.Clone()
	asking12.MaxVersion = tls.VersionTLS12
	old := knowing(good)
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	for _, c := range []struct {
		name, query string
		server      *tls.Config
		client      string
		is          func(error) bool // nil: it connects
	}{
		{name: "good", server: knowing(good)},
		{name: "expired", server: knowing(ca.server("h", -time.Hour)), is: isA[x509.CertificateInvalidError]},
		{name: "another name", server: knowing(ca.server("other", time.Hour)), is: isA[x509.HostnameError]},
		{name: "unknown authority", server: knowing(stranger.server("h", time.Hour)), is: isA[x509.UnknownAuthorityError]},
		{name: "another name, wanted", query: "&server_name_indication=other", server: knowing(ca.server("other", time.Hour))},
		{name: "nothing is verified", query: "&verify=verify_none", server: knowing(stranger.server("other", -time.Hour))},
		{name: "verified when told so", query: "&verify=verify_peer", server: knowing(stranger.server("h", time.Hour)), is: isA[x509.UnknownAuthorityError]},
		{name: "TLS 1.1", server: old, is: func(err error) bool { return strings.Contains(err.Error(), "protocol version") }},
		{name: "client known", query: "&" + own, server: asking, client: "me"},
		{name: "client unknown", server: asking, is: isA[*net.OpError]},
		{name: "client unknown, TLS 1.2", server: asking12, is: func(err error) bool { return isA[*net.OpError](err) && !errors.Is(err, ProblemHangUp) }},
		{name: "client of a stranger", query: "&" + strange, server: asking, is: isA[*net.OpError]},
		{name: "external", query: "&auth_mechanism=EXTERNAL&" + own, server: asking, client: "me by EXTERNAL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, err := dialSecure(t, "amqps://h/?"+ca.write(dir)+c.query, nil, c.server)
			if c.is == nil {
				if err != nil || client != c.client {
					t.Errorf("the server takes the client for %q: %v", client, err)
				}
				return
			}
			var transport *TransportError
			if err == nil || !c.is(err) || !errors.As(err, &transport) || transport.Stage != "tls" || !strings.Contains(c.name, "TLS") && !errors.Is(err, ProblemCertificate) {
				t.Errorf("got %v", err)
			}
		})
	}
	checkLeaks(t)
}

// TestRotation reads the files of certificates anew at each Dial.
func TestRotation(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"before", "after"} {
		ca := newAuthority(t)
		query := ca.write(dir) + "&" + writePair(t, dir, ca.client(name))
		server := &tls.Config{Certificates: []tls.Certificate{ca.server("h", time.Hour)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.pool()}
		if client, err := dialSecure(t, "amqps://h/?"+query, nil, server); err != nil || client != name {
			t.Errorf("the server takes the client for %q: %v", client, err)
		}
	}
}

// TestCertificateFiles says which file cannot be read.
func TestCertificateFiles(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	writePEM(t, empty, "OTHER", nil)
	for query, says := range map[string]string{
		"cacertfile=/none/ca":                     "tls: cacertfile: open /none/ca",
		"cacertfile=" + empty:                     "no certificate in " + empty,
		"certfile=/none/c&keyfile=/none/k":        "tls: certfile and keyfile: open /none/c",
		"certfile=" + empty + "&keyfile=" + empty: "certfile and keyfile: ",
	} {
		_, err := dialSecure(t, "amqps://h/?"+query, nil, &tls.Config{})
		if !isA[*TransportError](err) || !strings.Contains(err.Error(), says) || strings.Contains(query, "/none") != errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// TestTLSConfig leaves the program's configuration as it is, and adds to a copy.
func TestTLSConfig(t *testing.T) {
	given := &tls.Config{MinVersion: tls.VersionTLS10}
	to := &target{host: "example.org", security: security{on: true}}
	if err := to.security.load(given); err != nil {
		t.Fatal(err)
	}
	if got := to.tlsConfig(); got.ServerName != "example.org" || got.MinVersion != tls.VersionTLS12 || got.InsecureSkipVerify {
		t.Errorf("%v", got)
	}
	if got := to.at("other").tlsConfig(); got.ServerName != "other" {
		t.Errorf("elsewhere the name is %s", got.ServerName)
	}
	if given.ServerName != "" || given.MinVersion != tls.VersionTLS10 {
		t.Error("the program's own was changed")
	}
}
