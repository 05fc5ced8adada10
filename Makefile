# Two commands are enough: `make run` and `make test`. Every target makes the environment in .venv/ first.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8000
LAN ?= 1
OCOP_CONFORMANCE ?= ../shared/conformance
# Hundreds of programs start in the tests: none should compile what the one before it did.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help env pcsc run test soak check format bench lighthouse conformance lock clean

help: env
	@echo "make run          a server with illustrative data; prints a link and a QR to scan (LAN=0: loopback only)"
	@echo "make pcsc         pyscard for readers on PC/SC (needs swig, a compiler and libpcsclite-dev)"
	@echo "make test         everything that must hold, with its own set-up"
	@echo "make soak         ten thousand random afternoons at the station (OCOP_SOAK=n for another number)"
	@echo "make check        ruff and mypy strict"
	@echo "make bench        the figures, each beside its floor and its textbook version"
	@echo "make lighthouse   Lighthouse on the main pages (npm)"
	@echo "make conformance  data from outside, from \$$OCOP_CONFORMANCE"
	@echo "make lock         locks the dependencies anew, with hashes"

env: .venv/.made

.venv/.made: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; got $$($(PYTHON) --version)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing the locked packages into .venv/ (the first time takes a minute)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation --no-index -e . >.venv/editable.log 2>&1 || { cat .venv/editable.log >&2; exit 1; }
	@touch $@

# pyscard has no wheel for Linux: whoever only runs the server need not have its compiler and headers.
pcsc: .venv/.pcsc

.venv/.pcsc: .venv/.made requirements-pcsc.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-build-isolation -r requirements-pcsc.lock
	@touch $@

run: env
	@LAN=$(LAN) PORT=$(PORT) $(BIN)/ocop-trace run

test: env
	@tests/setup/system-packages
	@$(MAKE) --no-print-directory pcsc
	@$(MAKE) --no-print-directory check
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

soak: env
	OCOP_SOAK=$${OCOP_SOAK:-10000} $(BIN)/pytest -n 2 --dist loadfile tests/station/test_cuts.py tests/chips/test_cuts.py $(ARGS)

check: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@mkdir -p .venv/types && ln -sfn ../.. .venv/types/ocop
	cd .venv/types && ../bin/mypy --config-file ../../pyproject.toml --cache-dir ../../.mypy_cache -p ocop.trace -p ocop.hardware

format: env
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: env
	$(BIN)/python -m bench

lighthouse: env
	bench/lighthouse/run

conformance: env
	OCOP_CONFORMANCE=$(OCOP_CONFORMANCE) $(BIN)/pytest tests/conformance -v

lock:
	$(BIN)/python -m uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --extra postgres --extra station --extra dev pyproject.toml -o requirements.lock
	echo 'pyscard>=2.3' | $(BIN)/python -m uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header - -o requirements-pcsc.lock

clean:
	rm -rf .venv var build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
