package client

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
)

// Problem is why there is no connection to a server, whichever broker it is.
// errors.Is(err, ProblemCredentials) and the like find it in what Dial returns.
type Problem uint8

// What all servers of a cluster would answer alike, and Dial therefore asks no
// further one: ProblemVersion, ProblemMechanism, ProblemCredentials,
// ProblemVirtualHost.
const (
	ProblemNetwork     Problem = iota + 1 // no network connection to the address
	ProblemSilence                        // it takes the connection, and says nothing in time
	ProblemHangUp                         // it hangs up without a word
	ProblemNotAMQP                        // something else answers, such as HTTP
	ProblemTLSWanted                      // it speaks TLS, and this side does not
	ProblemTLSMissing                     // it does not speak TLS, and this side does
	ProblemCertificate                    // one side refuses the certificate of the other
	ProblemVersion                        // it speaks another version: see VersionError
	ProblemMechanism                      // no way to log in suits both sides
	ProblemCredentials                    // it knows no such user with that password
	ProblemVirtualHost                    // it has no such virtual host, or not for this user
)

// Error names the problem in a few words.
func (p Problem) Error() string {
	if p == 0 || int(p) >= len(problems) {
		return "unknown problem"
	}
	return problems[p].name
}

// problems has a name for each, and what to try, for people.
var problems = [...]struct{ name, try string }{
	ProblemNetwork:     {"no network connection", "is a server there?"},
	ProblemSilence:     {"silence", "is this the port for AMQP, and the server well?"},
	ProblemHangUp:      {"hung up", "is this the port for AMQP, and without TLS? The server's log may say more"},
	ProblemNotAMQP:     {"not AMQP", "try the port for AMQP, 5672 as a rule"},
	ProblemTLSWanted:   {"TLS wanted", "try amqps://, or another port"},
	ProblemTLSMissing:  {"no TLS", "try amqp://, or the port for TLS, 5671 as a rule"},
	ProblemCertificate: {"certificate refused", "look at the names, dates and signers of the certificates"},
	ProblemVersion:     {"another version", "generate the package from the specification of a version that the server speaks"},
	ProblemMechanism:   {"no mechanism to log in", "look at Config.Mechanisms, and the server's settings"},
	ProblemCredentials: {"credentials refused", "look at user and password, and from where the server lets the user in"},
	ProblemVirtualHost: {"virtual host refused", "look at the name of the virtual host, and the user's permissions"},
}

// mute is what servers do with credentials that they refuse if they do not
// have, or the client does not claim, authentication_failure_close.
const mute = "are user and password right? Some servers hang up on wrong ones without a word"

// AddressError is what went wrong at one address, in one of the stages dial,
// tls, start, login, tune and open. Err tells the origin: a [*TransportError],
// [*ServerError], [*ProtocolError] or [*VersionError].
type AddressError struct {
	Address string
	Stage   string
	Problem Problem // 0: none of those that have a name
	Err     error
}

// Error tells the stage as well, unless Err does, and ends with what to try.
func (e *AddressError) Error() string {
	s := e.Err.Error()
	if _, tells := e.Err.(*TransportError); !tells {
		s = e.Stage + ": " + s
	}
	if !strings.Contains(s, e.Address) {
		s = e.Address + ": " + s
	}
	if try := e.try(); try != "" {
		s += "; " + try
	}
	return s
}

func (e *AddressError) try() string {
	switch {
	case e.Problem == ProblemHangUp && e.Stage == "login":
		return mute
	case e.Problem == ProblemHangUp && e.Stage != "start":
		return "the server's log may say more"
	}
	return problems[e.Problem].try
}

// Unwrap returns the origin, and the problem if there is one.
func (e *AddressError) Unwrap() []error {
	if e.Problem == 0 {
		return []error{e.Err}
	}
	return []error{e.Err, e.Problem}
}

// final reports whether another address would answer the same.
func (e *AddressError) final() bool { return e.Problem >= ProblemVersion }

// addressErrors is what went wrong at several addresses.
type addressErrors []*AddressError

func (e addressErrors) Error() string {
	texts := make([]string, len(e))
	for i, failure := range e {
		texts[i] = failure.Error()
	}
	return "no server takes the connection:\n\t" + strings.Join(texts, "\n\t")
}

// Unwrap returns them all.
func (e addressErrors) Unwrap() []error {
	out := make([]error, len(e))
	for i, failure := range e {
		out[i] = failure
	}
	return out
}

// explain says where and in which stage an error came up, and what it means.
// Wrong use is the program's, not the address's.
func (h *handshake) explain(err error) error {
	if usage := (*UsageError)(nil); errors.As(err, &usage) {
		return err
	}
	return &AddressError{Address: h.target.address(), Stage: h.stage, Problem: h.diagnose(err), Err: err}
}

func (h *handshake) diagnose(err error) Problem {
	var server *ServerError
	var transport *TransportError
	switch {
	case h.problem != 0:
		return h.problem
	case errors.As(err, &server):
		return h.refusal(server.Code)
	case errors.As(err, &transport):
		return h.breakdown(err)
	}
	return 0
}

// refusal tells what a server means that closes. Brokers use several codes.
func (h *handshake) refusal(code ReplyCode) Problem {
	switch code {
	case 402, 403, 404, 530: // invalid path, access refused, not found, not allowed
		switch h.stage {
		case "login":
			return ProblemCredentials
		case "open":
			return ProblemVirtualHost
		}
	}
	return 0
}

// breakdown tells what it means that the network fails.
func (h *handshake) breakdown(err error) Problem {
	var record tls.RecordHeaderError
	var certificate *tls.CertificateVerificationError
	switch {
	case h.ctx.Err() == context.Canceled:
		return 0 // the program has given up
	case h.stage == "dial":
		return ProblemNetwork
	case errors.As(err, &certificate), strings.Contains(alert(err), "certificate"):
		return ProblemCertificate
	case errors.As(err, &record):
		return ProblemTLSMissing
	case h.ctx.Err() == context.DeadlineExceeded:
		return ProblemSilence
	case h.ctx.Err() == nil && alert(err) == "":
		return ProblemHangUp
	}
	return 0
}

// alert returns the words of an alert that the peer sent over TLS. Package tls
// does not export its type.
func alert(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "remote error" {
		return op.Err.Error()
	}
	return ""
}
