// Package generated holds the packages that amqpgen writes, as a project would
// vendor them, so that a change of the generator shows as a change of its
// output.
package generated

//go:generate go run ../cmd/amqpgen generate -q -spec 0-8 -package amqp08 -out amqp08
//go:generate go run ../cmd/amqpgen generate -q -spec rabbitmq -package rabbitmq -out rabbitmq
