# One command each; `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help setup setup-tests demo dev test quick fuzz chaos screens check bench volume pictures lock format clean
PY := .venv/bin
# Extra words for the program or for pytest: make demo ARGS="--port 8080", make test ARGS="tests/grids -x"
ARGS ?=

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 10

setup: ## install what is missing, and stop there
	@scripts/bootstrap

setup-tests:
	@scripts/bootstrap --tests

demo: ## a living city with its day planned; ends at a web page; Ctrl-C stops it
	@scripts/bootstrap --hurry
	@exec $(PY)/grid-dispatch demo $(ARGS)

dev: setup-tests ## the program with pages and server reloading on change
	@exec scripts/dev $(ARGS)

test: setup-tests ## everything the tests need, then the tests
	@exec $(PY)/pytest -n 2 $(ARGS)

fuzz: setup-tests ## 20,000 requests made from the API's description, by four kinds of people
	@FUZZ_CASES=$${FUZZ_CASES:-20000} exec $(PY)/pytest -n 0 -q -s tests/boundaries/test_fuzz.py $(ARGS)

chaos: setup-tests ## a day on which web, workers and database are killed 200 times
	@CHAOS_BLOWS=$${CHAOS_BLOWS:-200} exec $(PY)/pytest -n 0 -q -s tests/journeys/test_chaos.py $(ARGS)

quick: setup-tests ## the tests without database, browser and other processes: while you write
	@exec $(PY)/pytest -n 2 --quick -q $(ARGS)

screens: setup-tests ## pictures of every view and state, under .data/screens
	@SCREENS="$${SCREENS:-.data/screens}" exec $(PY)/pytest -n 2 tests/browser/test_screens.py tests/browser/test_states.py $(ARGS)

check: setup-tests ## lint, types, who imports whom, rules of the pages, generated client, migrations
	@exec scripts/check

bench: ## speed beside the bare tools and other planners
	@scripts/bootstrap --tests --bench
	@exec $(PY)/python -m benchmarks $(ARGS)

volume: setup-tests ## a million archived orders: paging and statements
	@exec $(PY)/python -m benchmarks.volume $(ARGS)

pictures: setup-tests ## README's pictures, from the demo that runs
	@exec $(PY)/python scripts/pictures.py $(ARGS)

format: ## let ruff lay out the code
	@$(PY)/ruff check --fix-only -q . && $(PY)/ruff format -q .

# Nothing in it names a registry's host: the addresses come from each machine's own settings.
lock: setup ## pin the newest allowed packages with their hashes
	@$(PY)/uv pip compile --quiet --upgrade --universal --python-version 3.12 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --group dev pyproject.toml -o requirements.lock
	@$(PY)/uv pip compile --quiet --upgrade --universal --python-version 3.12 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --group pyproject.toml:bench --constraint requirements.lock -o requirements-bench.lock
	@if grep -nE '://' requirements*.lock; then echo "a lock names an address" >&2; exit 1; fi
	@if [ -e web/package.json ]; then scripts/npm install --package-lock-only --ignore-scripts --no-audit --no-fund; fi

clean: ## throw away caches (never data, never .venv)
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache web/dist
