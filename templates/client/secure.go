package client

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// security is how the network connection is to be secured, as far as the URI
// says, and what has come of that.
type security struct {
	on            bool
	ca, cert, key string // files
	serverName    string
	trusting      bool // any server is taken for the right one
	loaded        *tls.Config
}

// load reads the files that the URI names, anew for each Dial, so that a
// certificate that has been renewed is the one that counts.
func (s *security) load(base *tls.Config) error {
	if !s.on {
		return nil
	}
	s.loaded = &tls.Config{}
	if base != nil {
		s.loaded = base.Clone()
	}
	s.loaded.MinVersion = max(s.loaded.MinVersion, tls.VersionTLS12)
	if s.serverName != "" {
		s.loaded.ServerName = s.serverName
	}
	if s.trusting {
		s.loaded.InsecureSkipVerify = true
	}
	if err := errors.Join(s.loadRoots(), s.loadCertificate()); err != nil {
		return &TransportError{Stage: "tls", Err: err}
	}
	return nil
}

func (s *security) loadRoots() error {
	if s.ca == "" {
		return nil
	}
	pem, err := os.ReadFile(s.ca)
	if err != nil {
		return fmt.Errorf("cacertfile: %w", err)
	}
	s.loaded.RootCAs = x509.NewCertPool()
	if !s.loaded.RootCAs.AppendCertsFromPEM(pem) {
		return errors.New("cacertfile: no certificate in " + s.ca)
	}
	return nil
}

func (s *security) loadCertificate() error {
	if s.cert == "" {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(s.cert, s.key)
	if err != nil {
		return fmt.Errorf("certfile and keyfile: %w", err)
	}
	s.loaded.Certificates = []tls.Certificate{pair}
	return nil
}

// tlsConfig names the server that is at the address of t, if nothing else does.
func (t *target) tlsConfig() *tls.Config {
	config := t.security.loaded
	if config.ServerName == "" {
		config = config.Clone()
		config.ServerName = t.host
	}
	return config
}
