# From a bare clone: `make run` starts the platform, `make test` runs everything that must pass.
# Needs bash, python3 (3.11 or newer) and make; scripts/setup.sh fetches the rest into this folder.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Where it is set, nothing is compiled ahead and every start costs seconds.
unexport PYTHONDONTWRITEBYTECODE

PY := .venv/bin/python
UV := .tools/bin/uv
EXPORT := $(UV) export --quiet --frozen --no-config --format requirements-txt --no-emit-project --no-annotate --no-header

.PHONY: help run test check fmt lock migrate migration bench shots u4verify clean env env-full

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

env:
	@scripts/setup.sh run
	@$(PY) scripts/assets.py

env-full:
	@scripts/setup.sh full
	@$(PY) scripts/assets.py

run: env ## start the platform (PORT=… for another port)
	@exec $(PY) -m u4ssc_gov up

test: env-full ## everything that must pass: checks, tests on both databases, browser
	@scripts/test-system.sh
	@exec $(PY) scripts/test.py

check: env-full ## rules, format, types and storeys
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports

fmt: env-full ## format, and mend what can be mended
	@.venv/bin/ruff check --fix-only --quiet
	@.venv/bin/ruff format

# Only uv resolves, and only from the public index: pip, or uv's own variables, may be told to look elsewhere.
# uv.lock names addresses and stays out of the repository, so every `make lock` takes the newest versions allowed.
lock: env ## resolve anew after a change in pyproject.toml
	@env -u UV_DEFAULT_INDEX -u UV_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS \
	  UV_SYSTEM_CERTS=1 $(UV) lock --no-config --upgrade
	@$(EXPORT) --all-groups --output-file requirements.lock
	@$(EXPORT) --no-default-groups --group assets --output-file requirements-run.lock

migrate: env ## bring the database to the newest schema
	@$(PY) -m u4ssc_gov migrate

migration: env ## write a migration for what changed in the models: make migration m="add seats"
	@test -n "$(m)" || { echo 'say what changes: make migration m="add seats"' >&2; exit 2; }
	@$(PY) -m u4ssc_gov migration "$(m)"

bench: env-full ## measure how fast pages and jobs are
	@$(PY) scripts/bench.py

shots: env-full ## take pictures of the pages
	@scripts/test-system.sh
	@$(PY) scripts/shots.py

u4verify: env ## build dist/u4verify.pyz, the program that checks decision records offline
	@$(PY) -m u4verify.build dist/u4verify.pyz

clean: ## remove what was fetched or built here; never data
	rm -rf .venv .tools node_modules dist u4ssc_gov/static/vendor .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find u4ssc_gov u4verify tests scripts migrations -name __pycache__ -type d -prune -exec rm -rf {} +
