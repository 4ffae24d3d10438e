# Seapoint: `make` prints what there is. Nothing here needs more than git, make and Python; the rest is installed.

BIN := .venv/bin
# Rooms of tests appear with their first test.
PURE := $(wildcard tests/unit tests/golden tests/property)
ENGINES := $(wildcard tests/contract tests/api)
LAB := $(wildcard tests/lab)

.PHONY: help install demo demo-down test check bench reference lock

help: ## print this
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

install: ## Debian packages that are missing, and .venv; no service is started
	@scripts/install

demo: install ## codfw1dev on this machine, tested with live packets (root)
	@scripts/demo up

demo-down: ## remove the demo whole (root)
	@scripts/demo down

test: install check ## everything, on real engines and in the lab (root)
	$(BIN)/pytest -n auto --dist loadfile $(ENGINES)
	$(BIN)/pytest $(LAB)

check: ## format, lint, types, floors, pure tests: under a minute, no root
	@scripts/install --venv
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto -m 'not root' $(PURE)

bench: install ## figures, with the machine named (root)
	@set -e; for one in benchmarks/*.py; do echo "== $$one"; $(BIN)/python $$one; done

reference: ## renew what docs/reference holds of the cloud file
	@$(BIN)/seapoint schema >docs/reference/cloud.schema.json
	@$(BIN)/python -c 'from seapoint.intent.cloud.reference import reference; print(reference(), end="")' \
		>docs/reference/cloud-file.md

lock: ## renew requirements.lock from pyproject.toml
	@scripts/lock --upgrade
