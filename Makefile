# `make` lists what there is. Everything is installed inside this folder; steps that are up to date are skipped.
.DEFAULT_GOAL := help
.PHONY: help setup run test check format bench bench-soak e2e docs clean

# The newest suitable Python: names left behind by version managers are passed over by running each.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
ifeq ($(PYTHON),)
$(error Python 3.11 or newer was not found. Install it, or name it: make PYTHON=/path/to/python3 ...)
endif

VENV := .venv/bin

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## Install everything for running, testing and developing
	@$(PYTHON) scripts/setup.py test

run:  ## Install what is needed and serve on http://127.0.0.1:8080 (SERVE="--port 9000" passes options)
	@$(PYTHON) scripts/setup.py runtime
	@exec $(VENV)/powerautomation serve $(SERVE)

test: setup  ## Run every test: Python, web and browser (they bring their own PostgreSQL, Redis and Chromium)
	@$(VENV)/python scripts/run_tests.py

check: setup  ## Format, lint, types, import rules, generated files, locks: what a change must pass
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/mypy
	$(VENV)/lint-imports
	npm run --silent check
	$(VENV)/python scripts/generate.py --check

format: setup  ## Format the code and mend what can be mended by itself
	$(VENV)/ruff check --fix .
	$(VENV)/ruff format .
	npm run --silent format

e2e: setup  ## Run the browser journeys alone
	CHROMIUM="$$($(PYTHON) scripts/setup.py chromium)" npm run --silent e2e

bench: setup  ## Measure the gateway against nginx in one run and print the ratios
	@$(VENV)/python -m tests.load.bench
	@$(VENV)/python -m tests.load.access
	@$(VENV)/python -m tests.load.control_api

bench-soak: setup  ## Watch memory over a million requests (some minutes)
	@$(VENV)/python -m tests.load.soak

docs: setup  ## Write the generated pages and the API client, then check every page of docs/
	$(VENV)/python scripts/generate.py
	$(VENV)/pytest -n 0 tests/unit/test_documentation.py

clean:  ## Remove what was installed and built (never the data folder)
	rm -rf .venv .cache node_modules tests/fixtures/client_packages/node_modules powerautomation/console
