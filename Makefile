PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: demo test coverage lint docs bench clean

demo: $(VENV)/demo.stamp  ## check a made-up market day and write demo-report.html
	$(BIN)/vermilion demo

test: lint  ## every check: format, lint, types, layers, documents, tests
	$(BIN)/python -m pytest -n auto --dist worksteal

coverage: $(VENV)/dev.stamp  ## the tests again with branch coverage, which takes nearly twice as long
	$(BIN)/python -m pytest -n auto --dist worksteal --cov=vermilion --cov-branch --cov-report=term:skip-covered --cov-fail-under=90

lint: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/generate_docs.py --check

docs: $(VENV)/dev.stamp  ## write the generated reference pages
	$(BIN)/python tools/generate_docs.py

bench: $(VENV)/dev.stamp  ## measure; see docs/performance.md
	$(BIN)/python benchmarks/path.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/demo.stamp: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check .
	touch $@

$(VENV)/dev.stamp: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@
