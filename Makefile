# Yimen. `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup generate build build-all dev demo test lint bench lighthouse soak journeys fmt clean

GOBUILD := go build -trimpath -buildvcs=false

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what the tests need and this machine lacks (apt; root or sudo)
	@scripts/setup.sh test

generate: ## npm packages, templates, bundles, fonts; each only when its source changed
	@scripts/generate.sh

build: generate ## build ./bin/yimen for this machine
	@CGO_ENABLED=0 $(GOBUILD) -o bin/yimen ./cmd/yimen

build-all: generate ## build for linux amd64, arm64 and loong64
	@for arch in amd64 arm64 loong64; do \
	  CGO_ENABLED=0 GOOS=linux GOARCH=$$arch $(GOBUILD) -o bin/yimen-linux-$$arch ./cmd/yimen; \
	  echo "bin/yimen-linux-$$arch"; done

demo: ## open the whole town in a browser (127.0.0.1:8080; ARGS=--fresh starts over)
	@scripts/setup.sh demo
	@$(MAKE) --no-print-directory build
	@exec ./bin/yimen demo $(ARGS)

dev: ## like demo, built and started again when a source file changes
	@scripts/setup.sh demo
	@exec scripts/dev.sh $(ARGS)

test: ## everything CI runs, with its own PostgreSQL; about a quarter of an hour
	@scripts/setup.sh test
	@scripts/test.sh

lint: generate ## the quick checks of `test`: format, vet, staticcheck, house rules, wording
	@scripts/test.sh lint

bench: build ## figures, one line each (CHECK=1 judges the absolute bounds)
	@scripts/setup.sh test
	@CHECK="$(CHECK)" scripts/bench.sh $(ARGS)

lighthouse: generate ## performance, accessibility and practice of the main citizen pages (CHECK=1 judges)
	@scripts/setup.sh test
	@CHECK="$(CHECK)" scripts/lighthouse.sh

soak: generate ## the long crash and browser runs
	@scripts/setup.sh test
	@scripts/test.sh soak

journeys: generate ## check docs/journeys and docs/glossary.md against the code
	@go test -count=1 -run 'Journey|Glossary' ./app

fmt: ## format Go, templates and Chinese punctuation
	@scripts/fmt.sh

clean: ## remove what was built (keeps ./var)
	@rm -rf bin .stamp web/node_modules
	@find web/asset/dist -mindepth 1 ! -name .keep -delete 2>/dev/null || true
	@find web -name '*_templ.go' -not -path '*/node_modules/*' -delete
