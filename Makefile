# Two commands do everything: `make run` and `make test`. The rest is for people who work on it.
PORT ?= 8000
PYTHON ?= python3

.PHONY: run test check bench

run: ## everything from a bare clone to a running site with the demo district, on SQLite
	@PORT=$(PORT) PYTHON=$(PYTHON) bash .ci/start.sh

test: ## everything that CI checks; ends with `N passed, N failed`
	@PYTHON=$(PYTHON) bash .ci/test.sh

check: ## format, lint, contracts, types, templates: seconds, for every commit
	@PYTHON=$(PYTHON) bash .ci/check.sh

bench: ## speed rows, each beside its limit (ONLY=beats)
	@PYTHON=$(PYTHON) ONLY=$(ONLY) SIZE=$(SIZE) bash .ci/bench.sh
