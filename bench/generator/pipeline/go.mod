module github.com/amqpgen/amqpgen/bench/generator/pipeline

go 1.26.0

require github.com/amqpgen/amqpgen v0.0.0-00010101000000-000000000000

require github.com/dave/jennifer v1.7.1 // indirect

replace github.com/amqpgen/amqpgen => ../../../
