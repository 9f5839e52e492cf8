# Two commands: `make demo` grades the bundled sample, `make test` runs the tests. Each sets itself up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test hostile mutation false-alarms fuzz check benchmark clean

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[test]"
	touch $@

hostile: $(VENV)/.installed
	$(BIN)/python -m pytest -n auto --dist worksteal -m hostile tests/hostile

mutation: $(VENV)/.installed
	$(BIN)/python -m tests.mutation.run

false-alarms: $(VENV)/.installed
	$(BIN)/python -m tests.false_alarms.matrix

fuzz: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[fuzz]"
	$(BIN)/python -m tests.fuzz --seconds 60

demo: $(VENV)/.installed
	$(BIN)/hw4-grade tests/sample_submission --out demo-results

test: $(VENV)/.installed
	$(BIN)/python -m pytest -n auto --dist worksteal

check: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

benchmark: $(VENV)/.installed
	$(BIN)/python -m tests.benchmarks.grading_cost

clean:
	rm -rf $(VENV) demo-results build dist *.egg-info
