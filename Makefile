# The two commands to begin with are "make demo" and "make test".

GO ?= go
# More flags of bench/report, such as BENCH='-rounds 9 -run ^consume/'.
BENCH ?=
# A count of runs: the go tool, given a time, may fail at its very end with "context deadline exceeded".
FUZZTIME ?= 200000x
MUTATIONS ?= 20000
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## generate the 0-8 client and run a whole story with it (AMQP_URL=amqp://… for a real broker)
	$(GO) run ./cmd/amqpgen generate -spec 0-8 -package amqp08 -out generated/amqp08
	$(GO) run ./internal/demo

.PHONY: test
test: ## run all tests; those with RabbitMQ, Qpid, garagemq and Debian's spec files skip, and say so, where these are not installed
	@ls /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server >/dev/null 2>&1 || echo "RabbitMQ is not installed here: the tests with a live broker will skip (Debian: apt-get install rabbitmq-server)"
	@{ command -v java && command -v mvn; } >/dev/null || echo "Java and Maven are not installed here: the tests with Apache Qpid will skip (Debian: apt-get install openjdk-17-jre-headless maven)"
	@command -v garagemq >/dev/null || echo "garagemq is not installed here: the tests with it will skip (Debian: apt-get install garagemq)"
	@{ test -f /usr/include/amqp.h || test -f /usr/include/rabbitmq-c/amqp.h; } || echo "librabbitmq is not installed here: it is not compared (Debian: apt-get install gcc libc6-dev librabbitmq-dev)"
	@test -d /usr/share/amqp/specs || echo "The published specifications are not installed here: the tests against them will skip (Debian: apt-get install amqp-specs)"
	$(GO) test ./...
	cd bench && $(GO) test ./...
	cd docs/otel && $(GO) test ./...

.PHONY: generate
generate: ## write all generated code anew
	$(GO) generate ./templates/client ./generated

.PHONY: check
check: ## fail if generated code is not what the generator writes
	$(GO) run ./cmd/amqpgen check -spec 0-8 -package amqp08 -out generated/amqp08
	$(GO) run ./cmd/amqpgen check -spec rabbitmq -package rabbitmq -out generated/rabbitmq
	$(GO) run ./cmd/amqpgen check -spec-only -spec templates/client/testdata/superset.xml -package client -out templates/client

.PHONY: lint
lint: ## gofmt, go vet and staticcheck
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "gofmt would change: $$unformatted"; exit 1; }
	$(GO) vet ./... && $(GO) run $(STATICCHECK) ./...
	for module in bench bench/generator/pipeline docs/otel; do (cd $$module && $(GO) vet ./... && $(GO) run $(STATICCHECK) ./...) || exit 1; done

.PHONY: race
race: ## run the tests of everything concurrent under the race detector, on 1, 2 and 4 processors
	$(GO) test -race -cpu 1,2,4 ./templates/client ./golden ./internal/broker ./internal/demo
	$(GO) test -race ./golden/live

.PHONY: fuzz
fuzz: ## fuzz each target FUZZTIME, such as 200000x or 1m
	$(GO) test -fuzz '^FuzzParse$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 20x -run '^$$' ./parser
	$(GO) test -fuzz '^FuzzDiff$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 20x -run '^$$' ./cmd/amqpgen
	for target in FuzzFrame FuzzMethod FuzzHeader FuzzTable; do \
		$(GO) test -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x -run '^$$' ./templates/client || exit 1; \
	done

.PHONY: mutate
mutate: ## break each published specification MUTATIONS times and look at what comes of it (MUTATE='-seed 2' for other mutants)
	$(GO) test ./internal/mutate -run '^TestMutants$$' -count=1 -timeout 12h -v -args -mutations $(MUTATIONS) $(MUTATE)

.PHONY: soak
soak: ## hurt RabbitMQ in many ways for half an hour and report what came of it (AMQPGEN_KILLS=50 make soak for less; see golden/live/soak_test.go)
	AMQPGEN_SOAK=1 $(GO) test ./templates/client -run '^TestR6_ChannelChurn$$' -count=1 -timeout 1h -v
	AMQPGEN_SOAK=1 $(GO) test ./golden/live -run '^Test(Keeper|Cluster|Churn|Wakeups|Boundaries)$$' -count=1 -timeout 6h -v

.PHONY: bench
bench: ## measure the clients beside amqp091-go, librabbitmq, py-amqplib and the limit, and the generator: bench/REPORT.md, bench/plot.svg
	cd bench && $(GO) run ./report -o . $(BENCH)

.PHONY: capture
capture: ## take the golden captures again (RabbitMQ and python3-amqplib must be installed)
	$(GO) run ./golden/capture
