//amqpgen:omit

// Package client is the runtime of the generated packages, as a package of
// its own so that it can be built and tested in place. What comes from a
// specification stands in the spec_ files, generated from the synthetic one in
// testdata; amqpgen splices the other files into each package that it writes.
package client

//go:generate go run ../../cmd/amqpgen generate -q -spec-only -spec testdata/superset.xml -package client -out .
