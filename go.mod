module github.com/amqpgen/amqpgen

go 1.25.0

require (
	github.com/dave/jennifer v1.7.1
	golang.org/x/tools v0.45.0
)
