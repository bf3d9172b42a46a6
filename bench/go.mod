module github.com/amqpgen/amqpgen/bench

go 1.26.0

require (
	github.com/amqpgen/amqpgen v0.0.0-00010101000000-000000000000
	github.com/rabbitmq/amqp091-go v1.16.0
)

replace github.com/amqpgen/amqpgen => ../
