package client

import (
	"fmt"
	"slices"
	"strings"
)

// Mechanism is a way to log in. The package has [Plain], [AMQPlain] and
// [External]; a program may have its own. One value serves any number of
// connections at a time.
type Mechanism interface {
	// Name is what servers call it, such as PLAIN.
	Name() string
	// Start begins to log in with what to say first. Respond answers each
	// challenge of the server; nil if the mechanism knows of none.
	Start(Login) (response string, respond Respond, err error)
}

// Respond answers a challenge.
type Respond func(challenge string) (response string, err error)

// Login is what a [Mechanism] may need to know. The password is never printed.
type Login struct {
	User, Password string
	Host           string // of the server, without the port
}

// String leaves the password out.
func (l Login) String() string {
	return fmt.Sprintf("Login{User:%s Password:%s Host:%s}", l.User, redacted, l.Host)
}

// Format is String for every verb.
func (l Login) Format(s fmt.State, _ rune) { fmt.Fprint(s, l.String()) }

// Plain is the mechanism PLAIN: user and password as they are.
type Plain struct{}

// Name is PLAIN.
func (Plain) Name() string { return "PLAIN" }

// Start sends all there is to say.
func (Plain) Start(l Login) (string, Respond, error) {
	return "\x00" + l.User + "\x00" + l.Password, nil, nil
}

// AMQPlain is the mechanism AMQPLAIN of the early versions: user and password
// as the entries of a table.
type AMQPlain struct{}

// Name is AMQPLAIN.
func (AMQPlain) Name() string { return "AMQPLAIN" }

// Start sends all there is to say.
func (AMQPlain) Start(l Login) (string, Respond, error) {
	// The entries of a table, without the size that a table has.
	return NewTable(Entry{"LOGIN", l.User}, Entry{"PASSWORD", l.Password}).octets, nil, nil
}

// External is the mechanism EXTERNAL: the server knows the client from
// elsewhere, such as by its TLS certificate.
type External struct{}

// Name is EXTERNAL.
func (External) Name() string { return "EXTERNAL" }

// Start sends nothing.
func (External) Start(Login) (string, Respond, error) { return "", nil, nil }

// mostChallenges is how often one login lets itself be asked.
const mostChallenges = 16

// choose takes the first mechanism that the server offers.
func choose(mechanisms []Mechanism, offered string) (Mechanism, error) {
	offers := strings.Fields(offered)
	names := make([]string, len(mechanisms))
	for i, m := range mechanisms {
		if names[i] = m.Name(); slices.Contains(offers, names[i]) {
			return m, nil
		}
	}
	return nil, fmt.Errorf("the server offers the mechanisms %q, and not %s", offered, strings.Join(names, ", "))
}

// login logs in: the mechanism speaks first, and answers the server's
// challenges until the server goes on.
func (h *handshake) login() error {
	mechanism, err := choose(h.conn.config.Mechanisms, h.offered)
	if err != nil {
		return h.mechanismFailed(err)
	}
	t := h.target
	response, respond, err := mechanism.Start(Login{User: t.user, Password: t.password, Host: t.host})
	if err != nil {
		return h.mechanismFailed(fmt.Errorf("%s: %w", mechanism.Name(), err))
	}
	if err := h.startOK(mechanism.Name(), response); err != nil {
		return err
	}
	for range mostChallenges {
		var challenge ConnectionSecure
		due, err := h.receive(&h.limits, &challenge)
		if err != nil || due != decodable(&challenge) {
			return err
		}
		if respond == nil {
			return ruleBroken(challenge.ID(), "asks more than "+mechanism.Name()+" can answer")
		}
		if response, err = respond(challenge.Challenge); err != nil {
			return h.mechanismFailed(fmt.Errorf("%s: %w", mechanism.Name(), err))
		}
		if err := h.send(ConnectionSecureOK{Response: response}); err != nil {
			return err
		}
	}
	return ruleBroken(ConnectionSecure{}.ID(), fmt.Sprintf("comes more than %d times", mostChallenges))
}

// mechanismFailed says that there is no way to log in.
func (h *handshake) mechanismFailed(err error) error {
	h.problem = ProblemMechanism
	return &TransportError{Stage: "handshake", Err: err}
}
