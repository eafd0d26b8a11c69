# Two commands do everything: `make run` and `make test`. The rest is for people who work on it.
PORT ?= 8000
PYTHON ?= python3

.PHONY: run test check bench drills redteam

run: ## everything from a bare clone to a running site with the demo district, on SQLite
	@PORT=$(PORT) PYTHON=$(PYTHON) bash .ci/start.sh

test: ## everything that CI checks; ends with `N passed, N failed`
	@PYTHON=$(PYTHON) bash .ci/test.sh

check: ## format, lint, contracts, types, templates: seconds, for every commit
	@PYTHON=$(PYTHON) bash .ci/check.sh

bench: ## speed rows, each beside its limit (ONLY=beats)
	@PYTHON=$(PYTHON) ONLY=$(ONLY) SIZE=$(SIZE) bash .ci/bench.sh

drills: ## what holds when something breaks on purpose (ONLY=study, SIZE=small)
	@PYTHON=$(PYTHON) ONLY=$(ONLY) SIZE=$(SIZE) bash .ci/drills.sh

redteam: ## cheats and honest learners against the study engine (SIZE=full, SEED=2)
	@PYTHON=$(PYTHON) SIZE=$(SIZE) SEED=$(SEED) bash .ci/redteam.sh
