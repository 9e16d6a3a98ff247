# Everything a newcomer needs: make demo, make test. Each target can be run again at any time.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv

.DEFAULT_GOAL := help
.PHONY: help install demo test coverage quick check fix bench lock clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

$(VENV)/.installed: pyproject.toml requirements/dev.txt requirements/bootstrap.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Kithkin needs Python 3.11 or later; say which with: make install PYTHON=python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/bootstrap.txt
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt requirements/bootstrap.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

install: $(VENV)/.installed  ## make .venv, after which .venv/bin/kithkin runs

demo: install  ## simulate a small county, run the main job on it, explain one person
	$(BIN)/kithkin demo

test: install  ## all tests, on every core
	$(BIN)/pytest -n auto --dist worksteal
	$(BIN)/lint-imports --no-cache > /dev/null

coverage: install  ## all tests, with branch coverage of the analysis packages (slower)
	$(BIN)/pytest -n auto --dist worksteal --cov --cov-report=term:skip-covered

quick: install  ## the tests that take seconds
	$(BIN)/pytest -n auto -m "not slow and not spark and not browser and not postgres"

check: install  ## format, lint, types and the order of packages
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy --no-error-summary
	$(BIN)/lint-imports > /dev/null

fix: install  ## put format and what lint can mend right
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .

bench: install  ## how fast, beside what nothing can beat, in the same run
	$(BIN)/python bench/indicators.py
	$(BIN)/python bench/analysis.py --stages scan contributions evidence ties scores memory by_hand partition
	$(BIN)/python bench/analysis.py --people 128000 --families 45000 --parts 5000000 \
	  --stages scan contributions evidence partition groups
	$(BIN)/python bench/simulation.py
	$(BIN)/python -m bench.linkage
	$(BIN)/python -m bench.linkage.scale --records 100000
	$(BIN)/python -m bench.linkage.arrivals --records 100000

lock:  ## write the locked, hashed requirements anew (needs a network)
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --upgrade --extra spark --group dev pyproject.toml -o requirements/dev.txt

clean:  ## remove the environment and what the tools left
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* htmlcov workspace
