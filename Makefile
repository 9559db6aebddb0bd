# Recording station for KTP-el. `make run` starts a station; `make test` proves it.
SHELL := /bin/bash
export OPENBLAS_NUM_THREADS ?= 1
.DELETE_ON_ERROR:

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
RUN_DIR ?= var/demo-station

.PHONY: help setup run test lint check format messages lock clean fuzz card

help:           ## what can be made
	@grep -hE '^[a-z]+: .*##|^[a-z]+:  *##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: $(VENV)/.core models/.complete $(VENV)/.messages  ## environment, locked packages, face models

run: setup      ## a station with simulated devices; prints the panel's address and log-in
	@$(BIN)/station run --simulated --data $(RUN_DIR)

test: setup $(VENV)/.dev $(VENV)/.system card  ## everything: style, types, imports, tests
	@$(MAKE) --no-print-directory lint
	@echo "== tests"
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

lint: $(VENV)/.dev  ## ruff, mypy --strict, import contracts
	@echo "== ruff" && $(BIN)/ruff check . && $(BIN)/ruff format --check .
	@echo "== mypy --strict" && $(BIN)/mypy
	@echo "== import contracts" && $(BIN)/lint-imports

format: $(VENV)/.dev  ## apply the formatter and the safe fixes
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

lock: $(VENV)/.core  ## write the lock files anew (needs the network)
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --generate-hashes --no-header --python-version 3.11 \
	    --extra report --extra build --extra formats pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --generate-hashes --no-header --python-version 3.11 \
	    --extra report --extra build --extra formats --extra fleet --extra devices --extra dev pyproject.toml -o requirements-dev.lock
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["card"])' \
	    | $(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-annotate --python-version 3.11 - -o requirements-card.lock

fuzz: $(VENV)/.dev  ## fuzz the readers of foreign bytes, SECONDS each (60)
	@$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),60)

card: $(VENV)/.card  ## the library for smart-card readers, built where it can be

clean:          ## remove what setup and runs made
	rm -rf $(VENV) models var build dist *.egg-info

# ---- set-up steps; each stamp says "done for exactly this input"

$(VENV)/.python:
	@echo "== virtual environment ($(PYTHON))"
	@station/deploy/python_ready.sh "$(PYTHON)"
	@"$(PYTHON)" -m venv $(VENV) && touch $@

$(VENV)/.core: requirements.lock pyproject.toml | $(VENV)/.python
	@echo "== locked packages"
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --quiet \
	    --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps \
	    --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.core
	@echo "== locked test tools"
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --quiet \
	    --require-hashes -r requirements-dev.lock
	@touch $@

models/.complete: station/deploy/face_models.py | $(VENV)/.core
	@echo "== face models"
	@$(BIN)/python station/deploy/face_models.py models && touch $@

$(VENV)/.messages: $(wildcard station/panel/locale/*/LC_MESSAGES/*.po) | $(VENV)/.core
	@for po in $(wildcard station/panel/locale/*/LC_MESSAGES/*.po); do \
	    $(BIN)/pybabel --quiet compile -i $$po -o $${po%.po}.mo || exit 1; done
	@touch $@

$(VENV)/.system: station/deploy/system_packages.sh | $(VENV)/.python
	@echo "== system packages for the tests"
	@PYTHON=$(BIN)/python station/deploy/system_packages.sh && touch $@

# Built here, so only where a compiler is; without one everything but card readers works.
$(VENV)/.card: requirements-card.lock station/deploy/card_library.sh $(VENV)/.core | $(VENV)/.system
	@echo "== smart-card library"
	@station/deploy/card_library.sh $(BIN)/python requirements-card.lock && touch $@ || [ $$? = 3 ]
