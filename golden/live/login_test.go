package live

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/amqpgen/amqpgen/generated/amqp08"
	"github.com/amqpgen/amqpgen/internal/process"
	"github.com/amqpgen/amqpgen/internal/rabbit"
)

// crDemo is RabbitMQ's demonstration of a mechanism with a challenge.
type crDemo struct{}

func (crDemo) Name() string { return "RABBIT-CR-DEMO" }

func (crDemo) Start(l amqp08.Login) (string, amqp08.Respond, error) {
	return l.User, func(challenge string) (string, error) {
		if challenge != "Please tell me your password" {
			return "", fmt.Errorf("asked: %s", challenge)
		}
		return "My password is " + l.Password, nil
	}, nil
}

// loginConfig has the broker take each way to log in, and TLS at an address
// with the certificates of a folder.
func loginConfig(address, files string) string {
	return fmt.Sprintf(`auth_mechanisms.1 = PLAIN
auth_mechanisms.2 = RABBIT-CR-DEMO
auth_mechanisms.3 = EXTERNAL
ssl_cert_login_from = common_name
listeners.ssl.1 = %s
ssl_options.cacertfile = %[2]s/ca.pem
ssl_options.certfile = %[2]s/cert.pem
ssl_options.keyfile = %[2]s/key.pem
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = false`, address, files)
}

// loginNode starts such a broker, and returns its address for TLS too.
func loginNode(t *testing.T, files string) (node *rabbit.Node, secure string) {
	t.Helper()
	process.Need(t, rabbit.Find())
	ports, err := process.FreePorts(1)
	must(t, err)
	secure = process.Address(ports[0])
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	node, err = rabbit.Start(ctx, t.TempDir(), &rabbit.Options{
		Config:  loginConfig(secure, files),
		Plugins: []string{"rabbitmq_auth_mechanism_ssl"},
	})
	must(t, err)
	t.Cleanup(func() { must(t, node.Stop()) })
	return node, secure
}

// TestLogins logs in, and fails to, by a mechanism of the program's own and
// over TLS.
func TestLogins(t *testing.T) {
	files := certificates(t)
	node, secure := loginNode(t, files)
	knowing := "?cacertfile=" + url.QueryEscape(files+"/ca.pem")
	known := knowing + "&certfile=" + url.QueryEscape(files+"/cert.pem") + "&keyfile=" + url.QueryEscape(files+"/key.pem")
	demo := []amqp08.Mechanism{crDemo{}}
	mute := amqp08.NewTable(amqp08.Entry{Name: "product", Value: "mute"})
	for _, c := range []struct {
		name, uri string
		config    amqp08.Config
		is        []func(error) bool // none: it connects
	}{
		{"challenge", node.URI(), amqp08.Config{Mechanisms: demo}, nil},
		{"wrong answer", "amqp://guest:wrong@" + node.Addr(), amqp08.Config{Mechanisms: demo}, is(code(amqp08.ReplyAccessRefused), problem(amqp08.ProblemCredentials))},
		{"hangs up without a word", "amqp://guest:wrong@" + node.Addr(), amqp08.Config{Properties: mute}, is(stage("handshake"), problem(amqp08.ProblemHangUp))},
		{"TLS", "amqps://" + secure + "/" + knowing, amqp08.Config{}, nil},
		{"TLS, both certificates", "amqps://" + secure + "/" + known, amqp08.Config{}, nil},
		{"EXTERNAL", "amqps://nobody:nothing@" + secure + "/" + known + "&auth_mechanism=external", amqp08.Config{}, nil},
		{"unknown signer", "amqps://" + secure, amqp08.Config{}, is(stage("tls"), problem(amqp08.ProblemCertificate))},
		{"plain against TLS", "amqp://" + secure, amqp08.Config{}, is(problem(amqp08.ProblemTLSWanted))},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, err := amqp08.Dial(bounded(t), c.uri, &c.config)
			if c.is != nil {
				check(t, err, c.is...)
				return
			}
			must(t, err)
			must(t, conn.Close())
		})
	}
}

// certificates writes an authority's certificate, and one that it signs, for
// the broker on loopback and the user guest alike. It returns the folder.
func certificates(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	authority := &x509.Certificate{Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true}
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	guest := &x509.Certificate{Subject: pkix.Name{CommonName: "guest"}, IPAddresses: []net.IP{net.ParseIP(process.Loopback)}}
	writePEM(t, dir, "ca.pem", "CERTIFICATE", sign(t, authority, authority, signer, signer))
	writePEM(t, dir, "cert.pem", "CERTIFICATE", sign(t, guest, authority, key, signer))
	der, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	writePEM(t, dir, "key.pem", "PRIVATE KEY", der)
	return dir
}

func sign(t *testing.T, template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) []byte {
	t.Helper()
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	must(t, err)
	return der
}

func writePEM(t *testing.T, dir, name, kind string, der []byte) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}
