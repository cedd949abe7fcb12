# Everything a person or CI does with a checkout. `make` alone says what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help run dev test lint types contracts check lock docs clean

help:
	@echo "run        install what is needed and process the example invoice"
	@echo "dev        the Dagster UI at http://127.0.0.1:3000, sensors on"
	@echo "test       the test suite"
	@echo "lint types contracts   ruff, basedpyright, import-linter"
	@echo "check      all of test, lint, types and contracts"
	@echo "lock docs  write requirements.lock and requirements-dev.lock, the generated tables, anew"
	@echo "clean      remove the environment and everything generated"

# A stamp per lock file: installing again costs nothing while nothing changed.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name it with: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "Python's venv module is missing; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Creating $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing (once; a minute or so) …"
	@$(PIP) install --quiet --require-hashes --requirement requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@$(PIP) install --quiet --require-hashes --requirement requirements-dev.lock
	@touch $@

run: $(VENV)/.installed
	@$(BIN)/python -m pipeline_project workflow run invoice_processing --config examples/invoice_processing.yaml

dev: $(VENV)/.installed
	@$(BIN)/python -m pipeline_project dev

test: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/.installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	@$(BIN)/basedpyright

contracts: $(VENV)/.installed-dev
	@$(BIN)/lint-imports

check: test lint types contracts

# The universal resolution holds for every supported Python and platform; no index URL is written down.
lock: $(VENV)/.installed-dev
	@for extras in "requirements.lock:" "requirements-dev.lock:--all-extras"; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
			--no-strip-extras --custom-compile-command "make lock" pyproject.toml requirements.build \
			$${extras#*:} --output-file $${extras%%:*} || exit 1; \
	done

docs: $(VENV)/.installed-dev
	@$(BIN)/python -m pipeline_project.documentation

clean:
	rm -rf $(VENV) .pipeline .pytest_cache .ruff_cache .hypothesis build *.egg-info .coverage htmlcov .import_linter_cache
