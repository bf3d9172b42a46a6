package client

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// password is a mechanism that a program might have: it says the user's name,
// and each time that it is asked the password.
type password struct{ err error }

func (password) Name() string { return "PASSWORD" }

func (p password) Start(l Login) (string, Respond, error) {
	return l.User + " at " + l.Host, func(challenge string) (string, error) { return challenge + l.Password, p.err }, nil
}

// speechless is one that has nothing to add to its first word, if to that.
type speechless struct {
	response string
	err      error
}

func (speechless) Name() string { return "SPEECHLESS" }

func (s speechless) Start(Login) (string, Respond, error) { return s.response, nil, s.err }

// TestChallenges logs in with a mechanism that is asked any number of times,
// up to a bound.
func TestChallenges(t *testing.T) {
	own := errors.New("own")
	for _, c := range []struct {
		mechanism Mechanism
		rounds    int
		is        func(error) bool
	}{
		{mechanism: password{}, rounds: 0},
		{mechanism: password{}, rounds: 2},
		{mechanism: password{}, rounds: mostChallenges, is: isA[*ProtocolError]},
		{mechanism: password{own}, rounds: 1, is: func(err error) bool { return errors.Is(err, own) && errors.Is(err, ProblemMechanism) }},
		{mechanism: speechless{err: own}, is: func(err error) bool { return errors.Is(err, own) && errors.Is(err, ProblemMechanism) }},
		{mechanism: Plain{}, rounds: 1, is: isA[*ProtocolError]},
	} {
		t.Run(fmt.Sprintf("%s asked %d times", c.mechanism.Name(), c.rounds), func(t *testing.T) {
			err := dialScript(t, "amqp://u:geheim@h/", &Config{Mechanisms: []Mechanism{c.mechanism}}, func(p *peer) {
				p.send(0, &ConnectionStart{Mechanisms: "PLAIN PASSWORD SPEECHLESS"})
				challenge(p, c.mechanism.Name(), c.rounds)
			})
			if c.is == nil && err != nil || c.is != nil && (err == nil || !c.is(err) || strings.Contains(err.Error(), "geheim")) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// challenge plays the server from start-ok on; what does not come ends it.
func challenge(p *peer, mechanism string, rounds int) {
	if mechanism == "SPEECHLESS" {
		return
	}
	ok := expect[ConnectionStartOK](p, 0)
	if ok.Mechanism != mechanism || mechanism == "PASSWORD" && ok.Response != "u at h" {
		p.fatalf("got %s %q", ok.Mechanism, ok.Response)
	}
	for i := range rounds {
		p.send(0, &ConnectionSecure{Challenge: fmt.Sprint(i)})
		f, err := ReadFrame(p.nc, 4096)
		if err != nil {
			return // the client has had enough
		}
		var m ConnectionSecureOK
		if err := m.UnmarshalBinary(f.Payload); err != nil || m.Response != fmt.Sprint(i, "geheim") {
			p.fatalf("got %q, %v", m.Response, err)
		}
	}
	if rounds == mostChallenges {
		return
	}
	p.send(0, &ConnectionTune{})
	expect[ConnectionTuneOK](p, 0)
	expect[ConnectionOpen](p, 0)
	p.send(0, &ConnectionOpenOK{})
	p.closeConnection()
}

// TestMechanismsInOrder takes the first of the program's that the server has.
func TestMechanismsInOrder(t *testing.T) {
	for _, c := range []struct {
		own           []Mechanism
		offered, want string
	}{
		{nil, "AMQPLAIN PLAIN EXTERNAL", "PLAIN"},
		{nil, "EXTERNAL AMQPLAIN", "AMQPLAIN"},
		{[]Mechanism{External{}, Plain{}}, "PLAIN EXTERNAL", "EXTERNAL"},
		{[]Mechanism{External{}, Plain{}}, "PLAIN", "PLAIN"},
		{[]Mechanism{Plain{}}, "AMQPLAIN EXTERNAL XPLAIN", ""},
		{nil, "EXTERNAL", ""},
	} {
		config := (&Config{Mechanisms: c.own}).withDefaults()
		m, err := choose(config.Mechanisms, c.offered)
		if c.want == "" && err == nil || c.want != "" && (err != nil || m.Name() != c.want) {
			t.Errorf("%v of %s: got %v, %v", c.own, c.offered, m, err)
		}
	}
}

// TestLoginIsNotPrinted keeps the password out of every format.
func TestLoginIsNotPrinted(t *testing.T) {
	l := Login{User: "u", Password: "geheim", Host: "h"}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{l, &l, []Login{l}, struct{ L Login }{l}} {
			if s := fmt.Sprintf(format, v); strings.Contains(s, "geheim") || strings.Contains(s, "67656865696d") {
				t.Errorf("%s of %T: %s", format, v, s)
			}
		}
	}
}
