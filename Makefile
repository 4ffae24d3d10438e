# Seapoint: `make` prints what there is. Nothing here needs more than git, make and Python; the rest is installed.

BIN := .venv/bin
# Rooms of tests appear with their first test.
PURE := $(wildcard tests/unit tests/golden tests/property)
ENGINES := $(wildcard tests/contract tests/api)
LAB := $(wildcard tests/lab)
# The pure ones first; each brings up what it needs and removes it.
BENCHES := compiler ports_api port_latency dns_record port_creation demo failover

.PHONY: help install demo demo-down test test-vm check bench reference lock

help: ## print this
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

install: ## Debian packages that are missing, and .venv; no service is started
	@scripts/install

demo: install ## codfw1dev on this machine, tested with live packets (root)
	@scripts/demo up

demo-down: ## remove the demo whole (root)
	@scripts/demo down

test: install check ## everything, on real engines and in the lab (root)
	$(BIN)/pytest -n auto --dist loadfile -m root $(PURE)
	$(BIN)/pytest -n $$((2 * $$(nproc))) --dist loadfile $(ENGINES)
	$(BIN)/pytest -n 2 --dist loadscope $(LAB)

test-vm: install ## the lab on a stock Debian kernel under QEMU: kernel paths (root)
	@$(BIN)/python tests/vm/run.py

check: ## format, lint, types, floors, pure tests: under a minute, no root
	@scripts/install --venv
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto -m 'not root' $(PURE)

bench: install ## figures, with the machine named (root)
	@missed=; for one in $(BENCHES); do \
		printf '\n== %s\n' $$one; $(BIN)/python benchmarks/$$one.py || missed="$$missed $$one"; \
	done; \
	[ -z "$$missed" ] || { printf '\nover budget, failed or not run:%s\n' "$$missed" >&2; exit 1; }

reference: ## renew what docs hold of the cloud file: its keys, and the picture of the example
	@$(BIN)/seapoint schema >docs/reference/cloud.schema.json
	@$(BIN)/python -c 'from seapoint.intent.cloud.reference import reference; print(reference(), end="")' \
		>docs/reference/cloud-file.md
	@$(BIN)/seapoint show --svg examples/codfw1dev/cloud.yaml -o docs/codfw1dev.svg

lock: ## renew requirements.lock from pyproject.toml
	@scripts/lock --upgrade
