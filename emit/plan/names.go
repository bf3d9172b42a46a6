package plan

import "strings"

// initialisms keep their capitals in Go names.
var initialisms = map[string]string{
	"id": "ID", "ok": "OK", "uri": "URI", "url": "URL", "ip": "IP", "tls": "TLS",
	"sasl": "SASL", "ttl": "TTL", "oob": "OOB", "dtx": "DTX", "nowait": "NoWait",
}

// GoName makes an exported Go name of a normalised spec name: queue-declare-ok
// becomes QueueDeclareOK.
func GoName(parts ...string) string {
	var b strings.Builder
	for _, part := range parts {
		for word := range strings.SplitSeq(part, "-") {
			if s, ok := initialisms[word]; ok {
				b.WriteString(s)
			} else if word != "" {
				b.WriteString(strings.ToUpper(word[:1]) + word[1:])
			}
		}
	}
	return b.String()
}

// localName makes a parameter name of a normalised spec name.
func localName(name string) string {
	s := GoName(name)
	return strings.ToLower(s[:1]) + s[1:]
}
