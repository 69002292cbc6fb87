# Two commands do everything: `make demo` and `make test`. Each target installs what it needs into .venv.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
export PORT
# Python keeps what it has compiled inside .venv, whatever the surroundings say: no file beside the sources, and each start two seconds sooner.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/$(VENV)/pycache

.PHONY: help install demo serve test fast journeys lint bench mutation clean requirements

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  \1\t/' | expand -t 16

install: $(VENV)/.run ## what the product needs, into .venv, by uv if present, else venv and pip

# $(1) is the pinned list. Both tools check every hash.
define into_venv
	@if command -v uv >/dev/null 2>&1; then \
	  [ -x $(BIN)/python ] || uv venv --quiet --python '>=3.11' $(VENV); \
	  VIRTUAL_ENV=$(VENV) uv pip install --quiet --require-hashes -r $(1); \
	  VIRTUAL_ENV=$(VENV) uv pip install --quiet --no-deps --no-build-isolation -e .; \
	else \
	  python=""; for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	    if command -v $$name >/dev/null 2>&1 && $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then python=$$name; break; fi; done; \
	  [ -n "$$python" ] || { echo "Kulanz needs Python 3.11 or newer (or uv, which brings one)."; exit 1; }; \
	  [ -x $(BIN)/python ] || $$python -m venv $(VENV) || { echo "This Python cannot make virtual environments: install its venv package (Debian: python3-venv)."; exit 1; }; \
	  $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes -r $(1); \
	  $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
endef

$(VENV)/.run: requirements/run.txt pyproject.toml
	@echo "Installing Kulanz into $(VENV) …"
	$(call into_venv,requirements/run.txt)
	@$(BIN)/python -m kulanz.site.translations compile
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@echo "Installing the tools for tests into $(VENV) …"
	$(call into_venv,requirements/dev.txt)
	@touch $@

demo: install ## a creditor's living portfolio after 120 simulated days, web at http://127.0.0.1:$(PORT)/
	@$(BIN)/kulanz demo

serve: install ## the web server and the send worker on this data folder
	@$(BIN)/kulanz serve

test: $(VENV)/.dev ## the whole suite: rules, commands, pages, journeys in a browser, races, crashes
	@$(BIN)/python -m tests.browser
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

fast: $(VENV)/.dev ## the fast part of the suite
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m "not slow and not crash and not race and not journey"

journeys: $(VENV)/.dev ## only what drives a browser
	@$(BIN)/python -m tests.browser
	@$(BIN)/python -m pytest -q -m journey

lint: $(VENV)/.dev ## style, types, floors, sizes
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy
	@$(BIN)/python -m tests.sizes

bench: $(VENV)/.dev ## measured figures, one JSON line each
	@$(BIN)/python -m bench

mutation: $(VENV)/.dev ## break the rules of law and ledger on purpose: which mutants does no test notice? (half an hour)
	@nice -n 19 $(BIN)/python -m mutmut run --max-children 1 kulanz.law.x_jurisdiction__mutmut_1 # makes all mutants, measures the tests
	@cd mutants && nice -n 19 ../$(BIN)/python -m tests.rules.quick_mutants
	@$(BIN)/python -m mutmut results

requirements: $(VENV)/.dev ## compile the pinned lists anew from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q --group install -o requirements/run.txt
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q -o requirements/dev.txt

clean: ## stop the embedded database of this folder and remove what was installed and made here
	@if [ -x $(BIN)/kulanz ]; then $(BIN)/kulanz db stop || true; fi
	@rm -rf $(VENV) .kulanz build *.egg-info .mypy_cache .ruff_cache .import_linter_cache .hypothesis mutants
