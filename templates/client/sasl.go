package client

import (
	"fmt"
	"slices"
	"strings"
)

// authenticate chooses a SASL mechanism out of those that the server offers
// and gives the response for it.
func (t *target) authenticate(wanted, offered string) (mechanism, response string, err error) {
	offers := strings.Fields(offered)
	if wanted == "" {
		for _, m := range []string{"PLAIN", "AMQPLAIN"} {
			if slices.Contains(offers, m) {
				wanted = m
				break
			}
		}
	}
	switch {
	case wanted == "":
		return "", "", &TransportError{Stage: "handshake", Err: fmt.Errorf("the server offers the mechanisms %q, of which this package has none", offered)}
	case !slices.Contains(offers, wanted):
		return "", "", &TransportError{Stage: "handshake", Err: fmt.Errorf("the server offers the mechanisms %q, and not %s", offered, wanted)}
	case wanted == "PLAIN":
		return wanted, "\x00" + t.user + "\x00" + t.password, nil
	case wanted == "AMQPLAIN":
		// The entries of a table, without the size that a table has.
		return wanted, NewTable(Entry{"LOGIN", t.user}, Entry{"PASSWORD", t.password}).octets, nil
	}
	return "", "", &UsageError{Field: "Mechanism", Reason: "is " + wanted + "; this package has PLAIN and AMQPLAIN"}
}
