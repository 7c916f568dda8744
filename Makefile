# Counterflow's commands. `make run` and `make test` set up everything they need by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check format lint types layers bench lock services services-stop clean

run: $(VENV)/run.stamp
	$(BIN)/counterflow run examples/national-car

# Tests of the PostgreSQL store run where `make services` has started one, or a URL is given.
test check: export COUNTERFLOW_TEST_POSTGRESQL ?= $(shell cat build/services/postgresql.url 2>/dev/null)

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -n 2

check: $(VENV)/dev.stamp format lint types layers test

format: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .

types: $(VENV)/dev.stamp
	$(BIN)/mypy

layers: $(VENV)/dev.stamp
	$(BIN)/lint-imports --no-cache

# CASE=choice make bench; without CASE every case runs. Each peer gets an environment of its own.
bench: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks $(CASE) --json bench-$(subst /,-,$(or $(CASE),all)).json

# Pins for every supported Python and platform, with the hash of each file.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q \
	  pyproject.toml --group build -o requirements/run.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q \
	  pyproject.toml --group build --group dev -c requirements/run.lock -o requirements/dev.lock
	for peer in requirements/peers-*.in; do \
	  uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q \
	    $$peer -o $${peer%.in}.lock || exit 1; \
	done

# Debian's PostgreSQL on loopback, in a temporary folder; its address is in build/services.
services:
	.ci/postgresql start

services-stop:
	.ci/postgresql stop

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements/run.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	# Compiles every numerical loop once; what is compiled is kept beside the code.
	$(BIN)/counterflow compile
	touch $@

$(VENV)/dev.stamp: requirements/dev.lock $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	touch $@

clean: services-stop
	rm -rf $(VENV) .venv-peers* build dist examples/*/out
