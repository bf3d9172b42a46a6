// Package templates embeds the runtime of the generated packages as text.
// It stands in client as a Go package of its own, built and tested in place.
package templates

import "embed"

// Client holds the folder client.
//
//go:embed client/*.go
var Client embed.FS
