# Two commands: `make demo` grades the bundled sample, `make test` runs the tests. Each sets itself up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test hostile mutation false-alarms fuzz kill class check benchmark clean

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

kill: $(VENV)/.installed
	HW4_KILL_POINTS=100 $(BIN)/python -m pytest -n auto --dist worksteal tests/gradebook/test_kill.py

class: $(VENV)/.installed
	HW4_CLASS_STUDENTS=200 $(BIN)/python -m pytest tests/gradebook/test_sakai_round.py

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
	$(BIN)/python -m tests.benchmarks.class_throughput

clean:
	rm -rf $(VENV) demo-results build dist *.egg-info
