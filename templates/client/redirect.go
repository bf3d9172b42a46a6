//amqpgen:requires connection.redirect

package client

import (
	"slices"
	"strings"
)

// mostRedirects is how often one Dial lets itself be sent elsewhere.
const mostRedirects = 8

// onConnectionRedirect connects to the server that this one names instead, with
// the same user, virtual host and settings.
func (h *handshake) onConnectionRedirect(b []byte, d *decoder) error {
	var m ConnectionRedirect
	if err := d.end(m.decode(b, d)); err != nil {
		return err
	}
	if h.stage != "open" {
		return ruleError("comes where connection.open is still to be sent")
	}
	if m.Host == "" {
		return ruleError("names no host")
	}
	h.hangUp()
	h.target = h.target.at(m.Host)
	address := h.target.address()
	if slices.Contains(h.tried, address) || len(h.tried) > mostRedirects {
		return ruleError("leads in circles: " + strings.Join(append(h.tried, address), ", "))
	}
	return h.run()
}
