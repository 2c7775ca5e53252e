# Everything a day's work needs; `make help` lists it.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The version comes from the build information, so git's is stamped wherever git can tell it.
BUILDVCS := $(shell git rev-parse HEAD >/dev/null 2>&1 && echo auto || echo false)

# More for go test, for example: make test TESTFLAGS='-run Quota -v'
TESTFLAGS ?=
# What runs again under the race detector: where goroutines share state.
RACE := adapters/memory adapters/jobs adapters/llm/chainllm adapters/llm/steadyllm adapters/credential application/accounts \
	application/orchestration application/storage
BENCHTIME ?= 1s
LINTER := go tool -modfile=.ci/tools/go.mod golangci-lint

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## build and serve with the embedded defaults, on port 8000
	bin/adiuva serve

.PHONY: build
build: ## build bin/adiuva
	go build -trimpath -buildvcs=$(BUILDVCS) -ldflags "-s -w" -o bin/adiuva ./cmd/adiuva

.PHONY: test
test: ## run every test (REQUIRE_SERVICES=1: a missing server is a failure and not a skip)
	go test -timeout 5m $(TESTFLAGS) ./...
	@if [ "$$(go env CGO_ENABLED)" = 1 ] && command -v "$$(go env CC)" >/dev/null; then \
		echo "again, under the race detector:"; \
		go test -race -timeout 5m $(TESTFLAGS) $(RACE:%=./%/...); \
	else echo "no race detector: it needs a C compiler"; fi

.PHONY: services
services: ## start real PostgreSQL, Redis, S3 and Stripe servers for the tests (see .ci/services)
	@.ci/services start

.PHONY: services-stop
services-stop: ## stop them and delete their data
	@.ci/services stop

.PHONY: bench
bench: ## run every benchmark
	@packages=$$(grep -rl --include='*_test.go' '^func Benchmark' . | xargs -r -n 1 dirname | sort -u || true); \
	if [ -z "$$packages" ]; then echo "no benchmarks"; exit 0; fi; \
	go test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) -timeout 30m $$packages

.PHONY: large-backups
large-backups: ## send backups of 2 GiB up and down, and tell how much memory that took
	BACKUP_BYTES=2147483648 go test ./test/faults -run TestALargeBackup -count=1 -v -timeout 30m

.PHONY: eval
eval: ## judge the routing of chat requests, of the offline model or of the provider that the environment configures
	EVAL_CONFIGURED=1 go test ./test/eval -run . -count=1 -v

.PHONY: lint
lint: ## check formatting, go vet and the linters of .golangci.yml
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	$(LINTER) run ./...

.PHONY: generate
generate: ## write again what is generated: the wiring and the OpenAPI document
	go tool wire ./cmd/assembly
	go test ./test/contract -count=1 -update
